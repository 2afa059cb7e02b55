using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="GateTable"/>, forward and backward; a batch's tokens are some of the vocabulary, in any order.</summary>
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
        var shape = $"U={slotTokens.Length} V={vocabulary} E={width} 4H={gateRows}";
        var (embedding, inputWeights) = (device.Values(vocabulary * width), device.Values(gateRows * width));
        Forward(device, shape, slotTokens, embedding, inputWeights, gateRows);
        foreach (var adds in new[] { false, true })
            Backward(device, adds ? $"{shape} adds" : shape, slotTokens, embedding, inputWeights, gateRows, adds);
    }

    private static void Forward(
        CaseDevice device, string shape, int[] slotTokens, double[] embedding, double[] inputWeights, int gateRows)
    {
        var (inputBias, recurrentBias) = (device.Values(gateRows), device.Values(gateRows));
        var table = device.Output(slotTokens.Length * gateRows);
        GateTable.Forward(device.Device, new()
        {
            Embedding = device.Input(embedding),
            InputWeights = device.Input(inputWeights),
            InputBias = device.Input(inputBias),
            RecurrentBias = device.Input(recurrentBias),
            SlotTokens = device.Input(slotTokens),
            SlotCount = device.Input([slotTokens.Length]),
            Table = table.View.Cast<UnitGates>(),
            Slots = slotTokens.Length,
            EmbeddingSize = inputWeights.Length / gateRows,
            HiddenSize = gateRows / 4,
        });
        device.Compare(
            "gate table forward", "table", shape, table,
            GateTable.Reference.Forward(embedding, inputWeights, inputBias, recurrentBias, slotTokens), device.SumBound);
    }

    private static void Backward(
        CaseDevice device, string shape, int[] slotTokens, double[] embedding, double[] inputWeights, int gateRows, bool adds)
    {
        var tableGradient = device.Gradients(slotTokens.Length * gateRows);
        var before = adds ? device.Gradients(embedding.Length) : new double[embedding.Length]; // the caller clears it
        var embeddingGradient = device.InPlace(before);
        var (weightGradient, inputBiasGradient, recurrentBiasGradient) =
            (device.Output(inputWeights.Length), device.Output(gateRows), device.Output(gateRows));
        GateTable.Backward(device.Device, new()
        {
            TableGradient = device.Input(tableGradient).Cast<UnitGates>(),
            Embedding = device.Input(embedding),
            InputWeights = device.Input(inputWeights),
            SlotTokens = device.Input(slotTokens),
            SlotCount = device.Input([slotTokens.Length]),
            Partial = device.Output(
                (int)GateTable.ScratchLength(
                    device.Device, slotTokens.Length, gateRows / 4, inputWeights.Length / gateRows)).View,
            EmbeddingGradient = embeddingGradient.View,
            InputWeightGradient = weightGradient.View,
            InputBiasGradient = inputBiasGradient.View,
            RecurrentBiasGradient = recurrentBiasGradient.View,
            Slots = slotTokens.Length,
            EmbeddingSize = inputWeights.Length / gateRows,
            HiddenSize = gateRows / 4,
        }, adds);
        var expected = GateTable.Reference.Backward(tableGradient, embedding, inputWeights, slotTokens, gateRows);
        device.Compare(
            "gate table backward", "embedding", shape, embeddingGradient,
            [.. expected.Embedding.Zip(before, (gradient, there) => gradient + there)],
            device.GradientBound(device.SumBound));
        device.Compare(
            "gate table backward", "weight_ih", shape, weightGradient, expected.InputWeights,
            device.GradientBound(device.SumBound));
        device.Compare(
            "gate table backward", "bias_ih", shape, inputBiasGradient, expected.Bias, device.GradientBound(device.SumBound));
        device.Compare(
            "gate table backward", "bias_hh", shape, recurrentBiasGradient, expected.Bias, device.GradientBound(device.SumBound));
    }
}
