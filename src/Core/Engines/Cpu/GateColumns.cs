namespace GpuLstm.Engines.Cpu;

/// <summary>
/// In which column of its matrices a layer keeps each gate row. The parameters have gate after gate, i, f, g, o, of H rows
/// each, as PyTorch; a layer may want a unit's four gates side by side, or whole registers.
/// </summary>
/// <param name="Width">Columns, padding included.</param>
/// <param name="GateRows">The gate row of each column; -1 for padding.</param>
internal sealed record GateColumns(int Width, int[] GateRows)
{
    /// <summary>Gate after gate, each padded to <paramref name="paddedHidden"/> columns.</summary>
    public static GateColumns GateAfterGate(int hidden, int paddedHidden) =>
        new(4 * paddedHidden, [.. Enumerable.Range(0, 4 * paddedHidden).Select(column =>
            column % paddedHidden < hidden ? column / paddedHidden * hidden + column % paddedHidden : -1)]);

    /// <summary>Unit after unit, each with its four gates, padded to <paramref name="width"/> columns in all.</summary>
    public static GateColumns UnitAfterUnit(int hidden, int width) =>
        new(width, [.. Enumerable.Range(0, width).Select(column => column < 4 * hidden ? column % 4 * hidden + column / 4 : -1)]);
}
