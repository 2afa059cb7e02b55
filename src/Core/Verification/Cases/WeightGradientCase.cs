using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="WeightGradient"/>, in all its variants: parts of a tile and whole ones, several tiles, one slice of the positions
/// and several.
/// </summary>
internal static class WeightGradientCase
{
    public static void Run(CaseDevice device)
    {
        Run(device, device.Size(700, real: 6400), device.Size(12, real: 1), device.Size(10, real: 16));
        Run(device, device.Size(700, real: 6400), device.Size(90, real: 64), device.Size(90, real: 64));
        Run(device, device.Size(100, real: 200), device.Size(50, real: 136), device.Size(300, real: 136));
    }

    private static void Run(CaseDevice device, int positions, int hiddenSize, int inputSize)
    {
        var gateGradients = device.Gradients(positions * 4 * hiddenSize);
        // What tensor cores make of denormal operands is their own affair.
        var variants = WeightGradient.VariantsOf(device.Device, hiddenSize, inputSize + 1)
            .Where(variant => device.Data != CaseData.Denormals || !variant.UsesTensorCores);
        foreach (var variant in variants)
        {
            var shape = $"{variant} P={positions} H={hiddenSize} inputs={inputSize}";
            RecurrentWeights(device, shape, variant, gateGradients, positions, inputSize);
            InputWeightsAndBiases(device, shape, variant, gateGradients, positions, inputSize);
        }
    }

    private static string Named(WeightGradientVariant variant) => CaseDevice.Named("weight gradient", variant.Precision);

    /// <summary>Whole numbers are summed exactly in every variant.</summary>
    private static double Bound(CaseDevice device, WeightGradientVariant variant, int positions) => device.GradientBound(
        device.Data == CaseData.Integers ? 0 : device.SumBoundOf(positions) + Bounds.Rounding(variant.Precision));

    private static void RecurrentWeights(
        CaseDevice device, string shape, WeightGradientVariant variant, double[] gateGradients, int positions, int inputSize)
    {
        var inputs = device.Values(positions * inputSize);
        var hiddenSize = gateGradients.Length / 4 / positions;
        var gradient = device.Output(4 * hiddenSize * inputSize);
        WeightGradient.OfRecurrentWeights(device.Device, new()
        {
            GateGradients = device.Input(gateGradients).Cast<UnitGates>(),
            Inputs = device.Input(inputs),
            Partial = device.Output((int)variant.ScratchLength(device.Device, positions, hiddenSize, inputSize)).View,
            Gradient = gradient.View,
            Positions = positions,
            HiddenSize = hiddenSize,
            InputSize = inputSize,
        }, variant);
        device.Compare(
            Named(variant), "weight_hh", shape, gradient,
            WeightGradient.Reference.Backward(gateGradients, inputs, positions), Bound(device, variant, positions));
    }

    /// <summary>Fewer positions than there is room for; their inputs are rows of an embedding, and behind them a 1.</summary>
    private static void InputWeightsAndBiases(
        CaseDevice device, string shape, WeightGradientVariant variant, double[] gateGradients, int positions, int inputSize)
    {
        var embeddingRows = device.Size(20, real: 20);
        var embedding = device.Values(embeddingRows * inputSize);
        var rows = device.Indices(positions, embeddingRows);
        var hiddenSize = gateGradients.Length / 4 / positions;
        var count = device.Random.Next(1, positions + 1);
        var gradient = device.Output(4 * hiddenSize * inputSize);
        var (inputBias, recurrentBias) = (device.Output(4 * hiddenSize), device.Output(4 * hiddenSize));
        WeightGradient.OfInputWeightsAndBiases(device.Device, new()
        {
            GateGradients = device.Input(gateGradients).Cast<UnitGates>(),
            Inputs = device.Input(embedding),
            InputRows = device.Input(rows),
            PositionCount = device.Input([count]),
            Partial = device.Output((int)variant.ScratchLength(device.Device, positions, hiddenSize, inputSize + 1)).View,
            Gradient = gradient.View,
            InputBiasGradient = inputBias.View,
            RecurrentBiasGradient = recurrentBias.View,
            Positions = positions,
            HiddenSize = hiddenSize,
            InputSize = inputSize,
        }, variant);

        double[] counted = gateGradients[..(count * 4 * hiddenSize)];
        double[] inputs = [.. rows.Take(count).SelectMany(row => embedding[(row * inputSize)..((row + 1) * inputSize)])];
        double[] ones = [.. Enumerable.Repeat(1.0, count)];
        var (weights, biases) =
            (WeightGradient.Reference.Backward(counted, inputs, count), WeightGradient.Reference.Backward(counted, ones, count));
        device.Compare(Named(variant), "weight_ih", shape, gradient, weights, Bound(device, variant, positions));
        device.Compare(Named(variant), "bias_ih", shape, inputBias, biases, Bound(device, variant, positions));
        device.Compare(Named(variant), "bias_hh", shape, recurrentBias, biases, Bound(device, variant, positions));
    }
}
