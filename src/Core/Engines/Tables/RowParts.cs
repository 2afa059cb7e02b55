namespace GpuLstm.Engines.Tables;

/// <summary>
/// A table whose rows have several parts: the parameters of a row, and what the optimizer remembers of them, side by side, as a
/// batch reads all of them of few rows. [R, K, C].
/// </summary>
/// <param name="Rows">Rows R.</param>
/// <param name="Columns">Numbers of a part C.</param>
/// <param name="Parts">Parts of a row K.</param>
internal readonly record struct RowParts(int Rows, int Columns, int Parts)
{
    /// <summary>Numbers of the table.</summary>
    public long Length => (long)Rows * Parts * Columns;

    /// <summary>Where a part of a row begins.</summary>
    public int PlaceOf(int row, int part) => (row * Parts + part) * Columns;

    /// <summary>Copies a part of all rows into the table.</summary>
    /// <param name="part">Which.</param>
    /// <param name="source">[R, C].</param>
    /// <param name="table">[R, K, C].</param>
    public void Put(int part, ReadOnlySpan<float> source, Span<float> table)
    {
        for (var row = 0; row < Rows; row++)
            source.Slice(row * Columns, Columns).CopyTo(table[PlaceOf(row, part)..]);
    }

    /// <summary>Copies a part of all rows out of the table.</summary>
    /// <param name="part">Which.</param>
    /// <param name="table">[R, K, C].</param>
    /// <param name="target">Written [R, C].</param>
    public void Take(int part, ReadOnlySpan<float> table, Span<float> target)
    {
        for (var row = 0; row < Rows; row++)
            table.Slice(PlaceOf(row, part), Columns).CopyTo(target[(row * Columns)..]);
    }
}
