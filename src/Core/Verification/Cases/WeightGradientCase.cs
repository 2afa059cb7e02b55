using GpuLstm.Kernels.Operations;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="WeightGradient"/> of the recurrent weights: one tile and slice, and several. <see cref="GateTableCase"/> has the input weights'.</summary>
internal static class WeightGradientCase
{
    public static void Run(CaseDevice device)
    {
        var (positions, hiddenSize, inputSize) = (device.Size(700), device.Size(90), device.Size(90));
        if (device.Random.Next(3) == 0)
            (hiddenSize, inputSize) = (WholeTile(hiddenSize), WholeTile(inputSize));
        var (gateGradients, inputs) = (device.Gradients(positions * 4 * hiddenSize), device.Values(positions * inputSize));
        var gradient = device.Output(4 * hiddenSize * inputSize);
        WeightGradient.OfRecurrentWeights(device.Device, new()
        {
            GateGradients = device.Input(gateGradients).Cast<UnitGates>(),
            Inputs = device.Input(inputs),
            Partial = device.Output((int)WeightGradient.ScratchLength(device.Device, positions, hiddenSize, inputSize)).View,
            Gradient = gradient.View,
            Positions = positions,
            HiddenSize = hiddenSize,
            InputSize = inputSize,
        });
        device.Compare(
            "weight gradient", "weights", $"P={positions} H={hiddenSize} N={inputSize}", gradient,
            WeightGradient.Reference.Backward(gateGradients, inputs, positions), device.GradientBound(device.SumBound));
    }

    private static int WholeTile(int size) => size < 64 ? size : 64;
}
