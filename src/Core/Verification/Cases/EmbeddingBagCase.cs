using GpuLstm.Data;
using GpuLstm.Engines.Tables;
using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="EmbeddingBag"/>: bags of every size from 0, whose rows are shared by several tokens, and slots that are not in the
/// batch, as a small vocabulary has.
/// </summary>
internal static class EmbeddingBagCase
{
    public static void Run(CaseDevice device)
    {
        var (tokens, tableRows) = (device.Size(60, real: 5000), device.Size(40, real: 20_000));
        var columns = device.Size(40, real: 32);
        var (mostInBag, parts) = (device.Size(8, real: 15), device.Random.Next(1, 4));
        var bags = new TokenNgrams(Enumerable.Range(0, tokens).Select(
            _ => device.Indices(device.Random.Next(mostInBag + 1), tableRows)));
        var lists = new BagTokens(bags);
        int[] slotTokens = [.. Enumerable.Range(0, tokens).Where(_ => device.Random.Next(3) > 0).Append(0).Distinct().Order()];
        var maxSlots = slotTokens.Length + device.Random.Next(3);
        bool[] isThere = [.. slotTokens.Select(_ => device.Random.Next(4) > 0)];
        int[] ends = [.. isThere.Select((_, slot) => isThere.Take(slot + 1).Count(there => there))];
        int[] starts = [0, .. ends, .. Enumerable.Repeat(ends[^1], maxSlots - ends.Length)];
        int[] read = [.. slotTokens.Where((_, slot) => isThere[slot]).SelectMany(RowsOf).Distinct().Order()];
        var maxRows = read.Length + device.Random.Next(1, 4);
        var (table, meanGradient) = (device.Values(tableRows * parts * columns), device.Gradients(maxSlots * columns));
        var shape = $"V={tokens} R={tableRows} D={columns} bags to {mostInBag} slots={slotTokens.Length} rows={read.Length}";

        var (means, rowGradient) = (device.Output(maxSlots * columns), device.Output(maxRows * columns));
        var (count, numbers, places) = (device.IndexOutput(1), device.IndexOutput(maxRows), device.IndexOutput(maxRows));
        var slotOfToken = device.IndexOutput(tokens);
        var arguments = new EmbeddingBag.Arguments
        {
            Bags = new()
            {
                TokenStarts = device.Input(bags.Starts.ToArray()),
                TokenRows = device.Input(bags.Rows.ToArray()),
                TokenShares = device.Input(Array.ConvertAll(bags.Shares(), share => (double)share)),
                RowNumbers = device.Input(lists.Rows),
                RowStarts = device.Input(lists.Starts),
                RowTokens = device.Input(lists.Tokens),
            },
            SlotTokens = device.Input(slotTokens),
            SlotCount = device.Input([slotTokens.Length]),
            SegmentStarts = device.Input(starts),
            Table = device.Input(table),
            Means = means.View,
            MeanGradient = device.Input(meanGradient),
            SlotOfToken = slotOfToken.View,
            Marks = device.IndexOutput(lists.Rows.Length).View,
            Count = count.View,
            Numbers = numbers.View,
            Places = places.View,
            RowGradient = rowGradient.View,
            VocabularySize = tokens,
            RowCount = lists.Rows.Length,
            MaxSlots = maxSlots,
            MaxRows = maxRows,
            Columns = columns,
            Parts = parts,
        };
        EmbeddingBag.Forward(device.Device, arguments);
        EmbeddingBag.FindRows(device.Device, arguments);
        EmbeddingBag.Backward(device.Device, arguments);

        double[] firstParts = [.. table.Chunk(columns).Where((_, part) => part % parts == 0).SelectMany(part => part)];
        device.Compare(
            "embedding bag", "means", shape, means,
            [
                .. slotTokens.SelectMany(token => EmbeddingBag.Reference.Mean(firstParts, RowsOf(token), columns)),
                .. new double[(maxSlots - slotTokens.Length) * columns],
            ], Bounds.Sums);
        var gradient = new double[tableRows * columns];
        for (var slot = 0; slot < slotTokens.Length; slot++)
        {
            if (isThere[slot])
            {
                EmbeddingBag.Reference.AddGradient(
                    meanGradient[(slot * columns)..((slot + 1) * columns)], RowsOf(slotTokens[slot]), gradient);
            }
        }

        device.Compare("embedding bag", "slot of token", shape, slotOfToken, SlotsOfTokens());
        device.Compare("embedding bag", "rows read", shape, count, [read.Length]);
        device.Compare(
            "embedding bag", "which", shape, numbers, [.. read, .. Enumerable.Repeat(-1, maxRows - read.Length)]);
        device.Compare(
            "embedding bag", "gradient", shape, rowGradient,
            [
                .. read.SelectMany(row => gradient[(row * columns)..((row + 1) * columns)]),
                .. new double[(maxRows - read.Length) * columns],
            ], device.GradientBound(Bounds.SumsOf(slotTokens.Length)));

        int[] SlotsOfTokens() =>
        [
            .. Enumerable.Range(0, tokens).Select(token => Array.IndexOf(slotTokens, token))
                .Select(slot => slot >= 0 && isThere[slot] ? slot : -1),
        ];

        int[] RowsOf(int token) => bags.RowsOf(token).ToArray();
    }
}
