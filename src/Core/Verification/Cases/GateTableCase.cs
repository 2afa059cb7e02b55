using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="GateTable"/>, forward and backward, in all its variants; a batch's tokens are some of the vocabulary, in any order.
/// </summary>
internal static class GateTableCase
{
    public static void Run(CaseDevice device)
    {
        var (vocabulary, width, gateRows) =
            (device.Size(80, real: 1100), device.Size(40, real: 130), 4 * device.Size(40, real: 136));
        int[] slotTokens =
        [
            .. Enumerable.Range(0, vocabulary).OrderBy(_ => device.Random.Next()).Take(device.Random.Next(1, vocabulary + 1)),
        ];
        var (embedding, inputWeights) = (device.Values(vocabulary * width), device.Values(gateRows * width));
        // What tensor cores make of denormal operands is their own affair.
        var variants = GateTable.VariantsOf(device.Device)
            .Where(variant => device.Data != CaseData.Denormals || !variant.UsesTensorCores);
        foreach (var variant in variants)
        {
            var shape = $"{variant} U={slotTokens.Length} V={vocabulary} E={width} 4H={gateRows}";
            Forward(device, shape, variant, slotTokens, embedding, inputWeights, gateRows);
            foreach (var adds in new[] { false, true })
            {
                Backward(
                    device, adds ? $"{shape} adds" : shape, variant, slotTokens, embedding, inputWeights, gateRows, adds);
            }
        }
    }

    /// <summary>Whole numbers are summed exactly in every variant.</summary>
    private static double Bound(CaseDevice device, GateTableVariant variant) =>
        device.SumBound + (device.Data == CaseData.Integers ? 0 : Bounds.Rounding(variant.Precision));

    private static string Named(string half, GateTableVariant variant) =>
        CaseDevice.Named($"gate table {half}", variant.Precision);

    private static void Forward(
        CaseDevice device, string shape, GateTableVariant variant, int[] slotTokens, double[] embedding, double[] inputWeights,
        int gateRows)
    {
        var (inputBias, recurrentBias) = (device.Values(gateRows), device.Values(gateRows));
        var table = device.Output(slotTokens.Length * gateRows);
        GateTable.Forward(device.Device, new()
        {
            Inputs = device.Input(embedding),
            InputWeights = device.Input(inputWeights),
            InputBias = device.Input(inputBias),
            RecurrentBias = device.Input(recurrentBias),
            InputRows = device.Input(slotTokens),
            SlotCount = device.Input([slotTokens.Length]),
            Table = table.View.Cast<UnitGates>(),
            Slots = slotTokens.Length,
            InputSize = inputWeights.Length / gateRows,
            HiddenSize = gateRows / 4,
        }, variant);
        device.Compare(
            Named("forward", variant), "table", shape, table,
            GateTable.Reference.Forward(embedding, inputWeights, inputBias, recurrentBias, slotTokens), Bound(device, variant));
    }

    private static void Backward(
        CaseDevice device, string shape, GateTableVariant variant, int[] slotTokens, double[] embedding, double[] inputWeights,
        int gateRows, bool adds)
    {
        var tableGradient = device.Gradients(slotTokens.Length * gateRows);
        var before = adds ? device.Gradients(embedding.Length) : new double[embedding.Length]; // the caller clears it
        var embeddingGradient = device.InPlace(before);
        var (weightGradient, inputBiasGradient, recurrentBiasGradient) =
            (device.Output(inputWeights.Length), device.Output(gateRows), device.Output(gateRows));
        var (hiddenSize, inputSize) = (gateRows / 4, inputWeights.Length / gateRows);
        var weights = WeightGradient.VariantFor(device.Device, hiddenSize, inputSize + 1);
        GateTable.Backward(device.Device, new()
        {
            TableGradient = device.Input(tableGradient).Cast<UnitGates>(),
            Inputs = device.Input(embedding),
            InputWeights = device.Input(inputWeights),
            InputRows = device.Input(slotTokens),
            SlotCount = device.Input([slotTokens.Length]),
            Partial = device.Output((int)weights.ScratchLength(device.Device, slotTokens.Length, hiddenSize, inputSize + 1)).View,
            InputGradient = embeddingGradient.View,
            InputWeightGradient = weightGradient.View,
            InputBiasGradient = inputBiasGradient.View,
            RecurrentBiasGradient = recurrentBiasGradient.View,
            Slots = slotTokens.Length,
            InputSize = inputSize,
            HiddenSize = hiddenSize,
        }, variant, weights, adds);
        var expected = GateTable.Reference.Backward(tableGradient, embedding, inputWeights, slotTokens, gateRows);
        device.Compare(
            Named("backward", variant), "embedding", shape, embeddingGradient,
            [.. expected.Embedding.Zip(before, (gradient, there) => gradient + there)],
            device.GradientBound(Bound(device, variant)));
        device.Compare(
            "gate table backward", "weight_ih", shape, weightGradient, expected.InputWeights,
            device.GradientBound(device.SumBound));
        device.Compare(
            "gate table backward", "bias_ih", shape, inputBiasGradient, expected.Bias, device.GradientBound(device.SumBound));
        device.Compare(
            "gate table backward", "bias_hh", shape, recurrentBiasGradient, expected.Bias, device.GradientBound(device.SumBound));
    }
}
