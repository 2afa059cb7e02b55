using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="EmbeddingLookup"/>, forward and backward; some rows are looked up often, some never.</summary>
internal static class EmbeddingLookupCase
{
    public static void Run(CaseDevice device)
    {
        var (positions, columns, tableRows) = (device.Size(500, real: 6400), device.Size(40, real: 256), device.Size(60, real: 1000));
        var shape = $"P={positions} C={columns} R={tableRows}";
        var rows = device.Indices(positions, tableRows);
        for (var p = 0; p < positions / 2; p++)
            rows[device.Random.Next(positions)] = 0; // several chunks
        Forward(device, shape, rows, columns, tableRows);
        Backward(device, shape, rows, columns, tableRows);
    }

    private static void Forward(CaseDevice device, string shape, int[] rows, int columns, int tableRows)
    {
        var table = device.Values(tableRows * columns);
        var output = device.Output(rows.Length * columns);
        EmbeddingLookup.Forward(device.Device, new()
        {
            Table = device.Input(table),
            Rows = device.Input(rows),
            Output = output.View,
            Positions = rows.Length,
            Columns = columns,
        });
        device.Compare("embedding lookup forward", "output", shape, output, EmbeddingLookup.Reference.Forward(table, rows, columns), bound: 0);
    }

    private static void Backward(CaseDevice device, string shape, int[] rows, int columns, int tableRows)
    {
        var outputGradient = device.Gradients(rows.Length * columns);
        var tableGradient = device.Output(tableRows * columns);
        var plan = BatchPlan.Reference.Of([rows], rows.Length, tableRows); // one row of a batch, whose tokens are the table's rows
        var mostChunks = EmbeddingLookup.MostChunks(rows.Length, tableRows);
        EmbeddingLookup.Backward(device.Device, new()
        {
            OutputGradient = device.Input(outputGradient),
            SortedPositions = device.Input(plan.SortedPositions),
            SegmentStarts = device.Input(plan.SegmentStarts),
            ChunkStarts = device.Input(plan.ChunkStarts),
            ChunkRows = device.Input(plan.ChunkSlots),
            ChunkSums = device.Output(mostChunks * columns).View,
            TableGradient = tableGradient.View,
            Positions = rows.Length,
            TableRows = tableRows,
            Columns = columns,
        });
        device.Compare(
            "embedding lookup backward", "table", shape, tableGradient,
            EmbeddingLookup.Reference.Backward(outputGradient, rows, tableRows, columns), device.GradientBound(device.SumBoundOf(rows.Length)));
    }
}
