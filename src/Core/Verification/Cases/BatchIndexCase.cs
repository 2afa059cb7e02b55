using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="BatchIndex"/>: several batches of a data set's rows, of every length from 0, with a vocabulary whose tokens are
/// compacted and one whose are not.
/// </summary>
internal static class BatchIndexCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, batchSize, width, setRows) =
            (device.Size(40, real: 80), device.Size(20, real: 32), device.Size(60, real: 200), device.Size(40, real: 100));
        foreach (var vocabularySize in new[]
        {
            device.Size(70, real: 275),
            BatchIndex.MaxUncompacted + device.Size(2000, real: 76),
        })
        {
            var tokens = Enumerable.Range(0, setRows)
                .Select(_ => device.Indices(device.Random.Next(width + 1), RangeOf(vocabularySize)))
                .ToArray();
            Run(device, tokens, width, device.Indices(rows, setRows), batchSize, vocabularySize);
        }
    }

    // Some tokens of a large vocabulary come often.
    private static int RangeOf(int vocabularySize) =>
        BatchIndex.IsCompacted(vocabularySize) ? vocabularySize / 20 : vocabularySize;

    private static void Run(CaseDevice device, int[][] tokens, int width, int[] rows, int batchSize, int vocabularySize)
    {
        var batches = (rows.Length + batchSize - 1) / batchSize;
        var maxSlots = BatchIndex.MaxSlots(vocabularySize, batchSize * width);
        var maxChunks = SegmentSum.MaxChunks(batchSize * width, maxSlots);
        var (lengths, labels, slots) =
            (device.IndexOutput(rows.Length), device.IndexOutput(rows.Length), device.IndexOutput(batches * batchSize * width));
        var (slotCount, slotTokens) = (device.IndexOutput(batches), device.IndexOutput(batches * maxSlots));
        var (segmentStarts, sortedPositions) =
            (device.IndexOutput(batches * (maxSlots + 1)), device.IndexOutput(batches * batchSize * width));
        var (chunkStarts, chunkSlots) = (device.IndexOutput(batches * (maxSlots + 1)), device.IndexOutput(batches * maxChunks));
        var slotOfToken = device.IndexInPlace(new int[batches * vocabularySize]);
        var rowLabels = device.Indices(tokens.Length, 5);
        BatchIndex.Prepare(device.Device, new()
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
            Counts = device.IndexOutput(rows.Length * maxSlots).View,
            RunStarts = device.IndexOutput(rows.Length * maxSlots).View,
            Rows = rows.Length,
            BatchSize = batchSize,
            Width = width,
            VocabularySize = vocabularySize,
            MaxSlots = maxSlots,
            MaxChunks = maxChunks,
        });

        var shape = $"rows={rows.Length} B={batchSize} W={width} V={vocabularySize}";
        BatchIndex.Reference[] expected =
            [
                .. rows.Chunk(batchSize)
                    .Select(batch => BatchIndex.Reference.Of(Array.ConvertAll(batch, row => tokens[row]), width, vocabularySize)),
            ];
        device.Compare("batch index", "lengths", shape, lengths, Array.ConvertAll(rows, row => tokens[row].Length));
        device.Compare("batch index", "labels", shape, labels, Array.ConvertAll(rows, row => rowLabels[row]));
        device.Compare("batch index", "slots", shape, slots, Parts(part => part.Slots, batchSize * width));
        device.Compare("batch index", "slot count", shape, slotCount, Parts(part => [part.SlotTokens.Length], 1));
        device.Compare("batch index", "slot tokens", shape, slotTokens, Parts(part => part.SlotTokens, maxSlots));
        device.Compare(
            "batch index", "segment starts", shape, segmentStarts,
            Parts(part => Extended(part.SegmentStarts, maxSlots + 1), maxSlots + 1));
        device.Compare(
            "batch index", "sorted positions", shape, sortedPositions, Parts(part => part.SortedPositions, batchSize * width));
        device.Compare(
            "batch index", "chunk starts", shape, chunkStarts,
            Parts(part => Extended(part.ChunkStarts, maxSlots + 1), maxSlots + 1));
        device.Compare("batch index", "chunk slots", shape, chunkSlots, Parts(part => part.ChunkSlots, maxChunks));
        device.Compare("batch index", "slot of token", shape, slotOfToken, new int[batches * vocabularySize]); // as it was before

        // Each batch's part, and -1 where nothing is written.
        int[] Parts(Func<BatchIndex.Reference, int[]> values, int length) =>
            [.. expected.SelectMany(part => values(part).Concat(Enumerable.Repeat(-1, length)).Take(length))];
    }

    private static int[] Padded(int[][] rows, int width, Func<int[], IEnumerable<int>> values) =>
        [.. rows.SelectMany(row => values(row).Concat(Enumerable.Repeat(-1, width - row.Length)))];

    /// <summary>Slots that are not there have no positions: their segments begin where the last ends.</summary>
    private static int[] Extended(int[] starts, int length) =>
        [.. starts, .. Enumerable.Repeat(starts[^1], length - starts.Length)];
}
