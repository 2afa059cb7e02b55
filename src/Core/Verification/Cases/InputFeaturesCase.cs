using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="InputFeatures"/>: n-grams and pairs, each behind the token's embedding, added to it, or absent; rows of every
/// length from 0.
/// </summary>
internal static class InputFeaturesCase
{
    // Whether an embedding is added; null: there is none.
    private static readonly (bool? Ngrams, bool? Pairs)[] Joins =
    [
        (null, false), (null, true), (false, null), (true, null), (false, false), (false, true), (true, false), (true, true),
    ];

    public static void Run(CaseDevice device)
    {
        foreach (var (ngrams, pairs) in Joins)
            Run(device, ngrams, pairs);
    }

    private static void Run(CaseDevice device, bool? addsNgrams, bool? addsPairs)
    {
        var (rows, steps) = (device.Size(20, real: 32), device.Size(20, real: 50));
        var tokens = device.Size(50, real: 1000);
        var (tokenSlots, pairSlots) = (device.Size(20, real: 300), device.Size(20, real: 600));
        var embeddingSize = device.Size(20, real: 32);
        var (ngramSize, pairSize) = (SizeOf(addsNgrams), SizeOf(addsPairs));
        var (embedding, ngrams, pairs) = (
            device.Values(tokens * embeddingSize), device.Values(tokenSlots * ngramSize), device.Values(pairSlots * pairSize));
        var slotTokens = device.Indices(tokenSlots, tokens);
        var (ofTokens, ofPairs) = (device.Indices(steps * rows, tokenSlots), device.Indices(steps * rows, pairSlots));
        var lengths = device.Indices(rows, steps + 1);
        var ngramColumn = addsNgrams == false ? embeddingSize : 0;
        var pairColumn = addsPairs == false ? embeddingSize + (addsNgrams == false ? ngramSize : 0) : 0;
        var inputSize = Math.Max(embeddingSize, Math.Max(ngramColumn + ngramSize, pairColumn + pairSize));
        var inputs = device.Output(steps * rows * inputSize);
        InputFeatures.Join(device.Device, new()
        {
            Embedding = device.Input(embedding),
            SlotTokens = device.Input(slotTokens),
            TokenSlots = device.Input(ofTokens),
            Ngrams = device.Input(ngrams),
            Pairs = device.Input(pairs),
            PairSlots = device.Input(ofPairs),
            Lengths = device.Input(lengths),
            Inputs = inputs.View,
            Rows = rows,
            Steps = steps,
            EmbeddingSize = embeddingSize,
            NgramColumn = ngramColumn,
            NgramSize = ngramSize,
            PairColumn = pairColumn,
            PairSize = pairSize,
            InputSize = inputSize,
        });
        var expected = Enumerable.Range(0, steps * rows).SelectMany(position =>
        {
            if (position / rows >= lengths[position % rows])
                return new double[inputSize];
            var input = RowOf(embedding, slotTokens[ofTokens[position]], embeddingSize);
            if (addsNgrams is { } isNgramAdded)
                input = InputFeatures.Reference.Join(input, RowOf(ngrams, ofTokens[position], ngramSize), isNgramAdded);
            return addsPairs is { } isPairAdded
                ? InputFeatures.Reference.Join(input, RowOf(pairs, ofPairs[position], pairSize), isPairAdded)
                : input;
        });
        device.Compare(
            "input features", "inputs",
            $"T={steps} B={rows} E={embeddingSize} n-grams={NameOf(addsNgrams, ngramSize)} pairs={NameOf(addsPairs, pairSize)}",
            inputs, [.. expected], addsNgrams == true || addsPairs == true ? Bounds.Elementwise : 0);

        int SizeOf(bool? isAdded) => isAdded switch { null => 0, true => embeddingSize, false => device.Size(20, real: 32) };
    }

    private static double[] RowOf(double[] values, int row, int columns) => values[(row * columns)..((row + 1) * columns)];

    private static string NameOf(bool? isAdded, int size) =>
        isAdded switch { null => "none", true => $"{size} added", false => $"{size}" };
}
