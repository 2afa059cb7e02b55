using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="SegmentSum"/>; some rows of the table are read often, some never.</summary>
internal static class SegmentSumCase
{
    public static void Run(CaseDevice device)
    {
        var (positions, columns, tableRows) =
            (device.Size(500, real: 6400), device.Size(40, real: 256), device.Size(60, real: 1000));
        var rows = device.Indices(positions, tableRows);
        for (var p = 0; p < positions / 2; p++)
            rows[device.Random.Next(positions)] = 0; // several chunks
        var stride = columns + device.Random.Next(3);
        var outputGradient = device.Gradients(positions * stride);
        var tableGradient = device.Output(tableRows * columns);
        // one row of a batch, whose tokens are the table's rows
        var index = BatchIndex.Reference.Of([rows], positions, tableRows);
        SegmentSum.Run(device.Device, new()
        {
            OutputGradient = device.Input(outputGradient),
            SortedPositions = device.Input(index.SortedPositions),
            SegmentStarts = device.Input(index.SegmentStarts),
            ChunkStarts = device.Input(index.ChunkStarts),
            ChunkRows = device.Input(index.ChunkSlots),
            ChunkSums = device.Output(SegmentSum.MaxChunks(positions, tableRows) * columns).View,
            TableGradient = tableGradient.View,
            Positions = positions,
            TableRows = tableRows,
            Columns = columns,
            Stride = stride,
        });
        device.Compare(
            "segment sum", "table", $"P={positions} columns={columns} of {stride} rows={tableRows}", tableGradient,
            SegmentSum.Reference.Sum(outputGradient, rows, tableRows, columns, stride),
            device.GradientBound(device.SumBoundOf(positions)));
    }
}
