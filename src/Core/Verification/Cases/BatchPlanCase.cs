using GpuLstm.Kernels.Operations;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="BatchPlan"/>: some rows of a data set, of every length from 0, with a vocabulary whose tokens are numbered and one whose are not.</summary>
internal static class BatchPlanCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, width, setRows) = (device.Size(20), device.Size(60), device.Size(40));
        var vocabularySize = device.Random.Next(2) == 0 ? device.Size(70) : BatchPlan.MostUnnumbered + device.Size(2000);
        var tokens = Enumerable.Range(0, setRows).Select(_ => device.Indices(device.Random.Next(width + 1), RangeOf(vocabularySize))).ToArray();
        var batch = device.Indices(rows, setRows);
        int[][] batchTokens = [.. batch.Select(row => tokens[row])];
        var steps = batchTokens.Max(row => row.Length);
        var expected = BatchPlan.Reference.Of(batchTokens, steps, vocabularySize);
        Compare(device, tokens, width, batch, steps, vocabularySize, expected);
    }

    // Some tokens of a large vocabulary come often, and the last one comes too.
    private static int RangeOf(int vocabularySize) => vocabularySize > BatchPlan.MostUnnumbered ? vocabularySize / 20 : vocabularySize;

    private static void Compare(
        CaseDevice device, int[][] tokens, int width, int[] batch, int steps, int vocabularySize, BatchPlan.Reference expected)
    {
        var mostSlots = BatchPlan.MostSlots(vocabularySize, batch.Length * steps);
        var mostChunks = EmbeddingLookup.MostChunks(batch.Length * steps, mostSlots);
        var (lengths, labels, slots) = (device.IndexOutput(batch.Length), device.Output(batch.Length), device.IndexOutput(steps * batch.Length));
        var (slotCount, slotTokens) = (device.IndexOutput(1), device.IndexOutput(mostSlots));
        var (segmentStarts, sortedPositions) = (device.IndexOutput(mostSlots + 1), device.IndexOutput(steps * batch.Length));
        var (chunkStarts, chunkSlots) = (device.IndexOutput(mostSlots + 1), device.IndexOutput(mostChunks));
        var slotOfToken = device.IndexInPlace(new int[vocabularySize]);
        var rowLabels = device.Values(tokens.Length);
        BatchPlan.Prepare(device.Device, new()
        {
            SortedTokens = device.Input(Padded(tokens, width, row => row.Order())),
            SortedSteps = device.Input(Padded(tokens, width, row => Enumerable.Range(0, row.Length).OrderBy(t => row[t]))),
            RowLengths = device.Input(Array.ConvertAll(tokens, row => row.Length)),
            RowLabels = device.Input(rowLabels),
            BatchRows = device.Input(batch),
            Lengths = lengths.View,
            Labels = labels.View,
            Slots = slots.View,
            SlotCount = slotCount.View,
            SlotTokens = slotTokens.View,
            SegmentStarts = segmentStarts.View,
            SortedPositions = sortedPositions.View,
            ChunkStarts = chunkStarts.View,
            ChunkSlots = chunkSlots.View,
            SlotOfToken = slotOfToken.View,
            Counts = device.IndexOutput(batch.Length * mostSlots).View,
            RunStarts = device.IndexOutput(batch.Length * mostSlots).View,
            Rows = batch.Length,
            Width = width,
            VocabularySize = vocabularySize,
            MostSlots = mostSlots,
        });

        var shape = $"B={batch.Length} T={steps} V={vocabularySize}";
        device.Compare("batch plan", "lengths", shape, lengths, Array.ConvertAll(batch, row => tokens[row].Length));
        device.Compare("batch plan", "labels", shape, labels, Array.ConvertAll(batch, row => rowLabels[row]), bound: 0);
        device.Compare("batch plan", "slots", shape, slots, expected.Slots);
        device.Compare("batch plan", "slot count", shape, slotCount, [expected.SlotTokens.Length]);
        device.Compare("batch plan", "slot tokens", shape, slotTokens, expected.SlotTokens);
        device.Compare("batch plan", "segment starts", shape, segmentStarts, Extended(expected.SegmentStarts, mostSlots + 1));
        device.Compare("batch plan", "sorted positions", shape, sortedPositions, expected.SortedPositions);
        device.Compare("batch plan", "chunk starts", shape, chunkStarts, Extended(expected.ChunkStarts, mostSlots + 1));
        device.Compare("batch plan", "chunk slots", shape, chunkSlots, expected.ChunkSlots);
        device.Compare("batch plan", "slot of token", shape, slotOfToken, new int[vocabularySize]); // as it was before
    }

    private static int[] Padded(int[][] rows, int width, Func<int[], IEnumerable<int>> values) =>
        [.. rows.SelectMany(row => values(row).Concat(Enumerable.Repeat(-1, width - row.Length)))];

    /// <summary>Slots that are not there have no positions: their segments begin where the last ends.</summary>
    private static int[] Extended(int[] starts, int length) => [.. starts, .. Enumerable.Repeat(starts[^1], length - starts.Length)];
}
