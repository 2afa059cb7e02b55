using GpuLstm.Kernels.TestKernels;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="EmbeddingLookup"/>.</summary>
internal static class EmbeddingLookupCase
{
    public static void Run(CaseDevice device)
    {
        var (positions, columns, tableRows) =
            (device.Size(500, real: 6400), device.Size(40, real: 256), device.Size(60, real: 1000));
        var (table, rows, output) =
            (device.Values(tableRows * columns), device.Indices(positions, tableRows), device.Output(positions * columns));
        EmbeddingLookup.Forward(device.Device, new()
        {
            Table = device.Input(table),
            Rows = device.Input(rows),
            Output = output.View,
            Positions = positions,
            Columns = columns,
        });
        device.Compare(
            "embedding lookup", "output", $"P={positions} columns={columns} rows={tableRows}", output,
            EmbeddingLookup.Reference.Forward(table, rows, columns), bound: 0);
    }
}
