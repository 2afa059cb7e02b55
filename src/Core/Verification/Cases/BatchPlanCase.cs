using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="BatchPlan"/>: several batches of a data set's rows, of every length from 0, with a vocabulary whose tokens are numbered and one whose are not.</summary>
internal static class BatchPlanCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, batchSize, width, setRows) = (device.Size(40, real: 80), device.Size(20, real: 32), device.Size(60, real: 200), device.Size(40, real: 100));
        foreach (var vocabularySize in new[] { device.Size(70, real: 275), BatchPlan.MostUnnumbered + device.Size(2000, real: 76) })
        {
            var tokens = Enumerable.Range(0, setRows).Select(_ => device.Indices(device.Random.Next(width + 1), RangeOf(vocabularySize))).ToArray();
            Run(device, tokens, width, device.Indices(rows, setRows), batchSize, vocabularySize);
        }
    }

    // Some tokens of a large vocabulary come often.
    private static int RangeOf(int vocabularySize) => BatchPlan.IsNumbered(vocabularySize) ? vocabularySize / 20 : vocabularySize;

    private static void Run(CaseDevice device, int[][] tokens, int width, int[] rows, int batchSize, int vocabularySize)
    {
        var batches = (rows.Length + batchSize - 1) / batchSize;
        var mostSlots = BatchPlan.MostSlots(vocabularySize, batchSize * width);
        var mostChunks = EmbeddingLookup.MostChunks(batchSize * width, mostSlots);
        var (lengths, labels, slots) = (device.IndexOutput(rows.Length), device.Output(rows.Length), device.IndexOutput(batches * batchSize * width));
        var (slotCount, slotTokens) = (device.IndexOutput(batches), device.IndexOutput(batches * mostSlots));
        var (segmentStarts, sortedPositions) = (device.IndexOutput(batches * (mostSlots + 1)), device.IndexOutput(batches * batchSize * width));
        var (chunkStarts, chunkSlots) = (device.IndexOutput(batches * (mostSlots + 1)), device.IndexOutput(batches * mostChunks));
        var slotOfToken = device.IndexInPlace(new int[batches * vocabularySize]);
        var rowLabels = device.Values(tokens.Length);
        BatchPlan.Prepare(device.Device, new()
        {
            SortedTokens = device.Input(Padded(tokens, width, row => row.Order())),
            SortedSteps = device.Input(Padded(tokens, width, row => Enumerable.Range(0, row.Length).OrderBy(t => row[t]))),
            RowLengths = device.Input(Array.ConvertAll(tokens, row => row.Length)),
            RowLabels = device.Input(rowLabels),
            BatchRows = device.Input(rows),
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
            Counts = device.IndexOutput(rows.Length * mostSlots).View,
            RunStarts = device.IndexOutput(rows.Length * mostSlots).View,
            Rows = rows.Length,
            BatchSize = batchSize,
            Width = width,
            VocabularySize = vocabularySize,
            MostSlots = mostSlots,
            MostChunks = mostChunks,
        });

        var shape = $"R={rows.Length} B={batchSize} W={width} V={vocabularySize}";
        BatchPlan.Reference[] expected =
            [.. rows.Chunk(batchSize).Select(batch => BatchPlan.Reference.Of(Array.ConvertAll(batch, row => tokens[row]), width, vocabularySize))];
        device.Compare("batch plan", "lengths", shape, lengths, Array.ConvertAll(rows, row => tokens[row].Length));
        device.Compare("batch plan", "labels", shape, labels, Array.ConvertAll(rows, row => rowLabels[row]), bound: 0);
        device.Compare("batch plan", "slots", shape, slots, Parts(plan => plan.Slots, batchSize * width));
        device.Compare("batch plan", "slot count", shape, slotCount, Parts(plan => [plan.SlotTokens.Length], 1));
        device.Compare("batch plan", "slot tokens", shape, slotTokens, Parts(plan => plan.SlotTokens, mostSlots));
        device.Compare("batch plan", "segment starts", shape, segmentStarts, Parts(plan => Extended(plan.SegmentStarts, mostSlots + 1), mostSlots + 1));
        device.Compare("batch plan", "sorted positions", shape, sortedPositions, Parts(plan => plan.SortedPositions, batchSize * width));
        device.Compare("batch plan", "chunk starts", shape, chunkStarts, Parts(plan => Extended(plan.ChunkStarts, mostSlots + 1), mostSlots + 1));
        device.Compare("batch plan", "chunk slots", shape, chunkSlots, Parts(plan => plan.ChunkSlots, mostChunks));
        device.Compare("batch plan", "slot of token", shape, slotOfToken, new int[batches * vocabularySize]); // as it was before

        // Each batch's part, and -1 where nobody writes.
        int[] Parts(Func<BatchPlan.Reference, int[]> values, int length) =>
            [.. expected.SelectMany(plan => values(plan).Concat(Enumerable.Repeat(-1, length)).Take(length))];
    }

    private static int[] Padded(int[][] rows, int width, Func<int[], IEnumerable<int>> values) =>
        [.. rows.SelectMany(row => values(row).Concat(Enumerable.Repeat(-1, width - row.Length)))];

    /// <summary>Slots that are not there have no positions: their segments begin where the last ends.</summary>
    private static int[] Extended(int[] starts, int length) => [.. starts, .. Enumerable.Repeat(starts[^1], length - starts.Length)];
}
