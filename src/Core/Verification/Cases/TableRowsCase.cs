using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="TableRows"/>: any part of some rows; those that are not in the list stay as they are.</summary>
internal static class TableRowsCase
{
    public static void Run(CaseDevice device)
    {
        var (tableRows, columns, parts) = (device.Size(60, real: 5000), device.Size(40, real: 32), device.Random.Next(1, 4));
        var (part, maxRows) = (device.Random.Next(parts), device.Random.Next(1, tableRows + 1));
        var numbers = Enumerable.Range(0, tableRows).ToArray();
        device.Random.Shuffle(numbers);
        numbers = numbers[..maxRows];
        var count = device.Random.Next(maxRows + 1);
        var (table, replaced) = (device.Values(tableRows * parts * columns), device.Values(maxRows * columns));
        var shape = $"R={tableRows} K={parts} C={columns} {count} of {maxRows}";

        var fetched = device.Output(maxRows * columns);
        var arguments = new TableRows.Arguments
        {
            Table = device.Input(table),
            Numbers = device.Input(numbers),
            Count = device.Input([count]),
            Rows = fetched.View,
            MaxRows = maxRows,
            Columns = columns,
            Parts = parts,
            Part = part,
        };
        TableRows.Fetch(device.Device, arguments);
        device.Compare(
            "table rows", "fetched", shape, fetched,
            [
                .. TableRows.Reference.Fetch(table, numbers[..count], columns, parts, part),
                .. new double[(maxRows - count) * columns],
            ], bound: 0);

        var changed = device.InPlace(table);
        TableRows.PutBack(device.Device, arguments with { Table = changed.View, Rows = device.Input(replaced) });
        device.Compare(
            "table rows", "put back", shape, changed,
            TableRows.Reference.PutBack(table, replaced, numbers[..count], columns, parts, part), bound: 0);
    }
}
