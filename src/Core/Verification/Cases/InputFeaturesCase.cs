using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="InputFeatures"/>, behind the token's embedding and added to it; rows of every length from 0.</summary>
internal static class InputFeaturesCase
{
    public static void Run(CaseDevice device)
    {
        foreach (var isAdded in new[] { false, true })
            Run(device, isAdded);
    }

    private static void Run(CaseDevice device, bool isAdded)
    {
        var (rows, steps) = (device.Size(20, real: 32), device.Size(20, real: 50));
        var tokens = device.Size(50, real: 1000);
        var (tokenSlots, pairSlots) = (device.Size(20, real: 300), device.Size(20, real: 600));
        var embeddingSize = device.Size(20, real: 32);
        var pairSize = isAdded ? embeddingSize : device.Size(20, real: 32);
        var (embedding, pairs) = (device.Values(tokens * embeddingSize), device.Values(pairSlots * pairSize));
        var slotTokens = device.Indices(tokenSlots, tokens);
        var (ofTokens, ofPairs) = (device.Indices(steps * rows, tokenSlots), device.Indices(steps * rows, pairSlots));
        var lengths = device.Indices(rows, steps + 1);
        var inputSize = isAdded ? embeddingSize : embeddingSize + pairSize;
        var inputs = device.Output(steps * rows * inputSize);
        InputFeatures.Join(device.Device, new()
        {
            Embedding = device.Input(embedding),
            SlotTokens = device.Input(slotTokens),
            TokenSlots = device.Input(ofTokens),
            Pairs = device.Input(pairs),
            PairSlots = device.Input(ofPairs),
            Lengths = device.Input(lengths),
            Inputs = inputs.View,
            Rows = rows,
            Steps = steps,
            EmbeddingSize = embeddingSize,
            PairColumn = inputSize - pairSize,
            InputSize = inputSize,
        });
        var expected = Enumerable.Range(0, steps * rows).SelectMany(position =>
        {
            if (position / rows >= lengths[position % rows])
                return new double[inputSize];
            var (token, pair) = (slotTokens[ofTokens[position]], ofPairs[position]);
            return InputFeatures.Reference.Join(
                embedding[(token * embeddingSize)..((token + 1) * embeddingSize)],
                pairs[(pair * pairSize)..((pair + 1) * pairSize)], isAdded);
        });
        device.Compare(
            "input features", "inputs", $"T={steps} B={rows} E={embeddingSize} D={pairSize}{(isAdded ? " added" : "")}", inputs,
            [.. expected], isAdded ? Bounds.Elementwise : 0);
    }
}
