namespace GpuLstm.Engines.Cpu;

/// <summary>
/// In which column of its matrices a layer keeps each gate row. The parameters have gate after gate, i, f, g, o, of H rows
/// each, as PyTorch; a layer may want a unit's four gates side by side, or whole registers.
/// </summary>
/// <param name="Width">Columns, padding included.</param>
/// <param name="GateRows">The gate row of each column; -1 for padding.</param>
internal sealed record GateColumns(int Width, int[] GateRows)
{
    /// <summary>A register's units after another, each with their four gates: [unit / lanes, gate, unit % lanes].</summary>
    public static GateColumns RegisterAfterRegister(int hidden, int lanes)
    {
        var width = 4 * ((hidden + lanes - 1) / lanes * lanes);
        return new(width, [.. Enumerable.Range(0, width).Select(column =>
            column / (4 * lanes) * lanes + column % lanes is var unit && unit < hidden
                ? column / lanes % 4 * hidden + unit
                : -1)]);
    }

    /// <summary>Unit after unit, each with its four gates, padded to <paramref name="width"/> columns in all.</summary>
    public static GateColumns UnitAfterUnit(int hidden, int width) =>
        new(width, [.. Enumerable.Range(0, width).Select(column => column < 4 * hidden ? column % 4 * hidden + column / 4 : -1)]);
}
