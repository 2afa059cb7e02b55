namespace GpuLstm.Data;

/// <summary>Which row of a table the pair of two neighbouring tokens has.</summary>
public static class PairHash
{
    /// <summary>The row of a pair.</summary>
    /// <param name="previous">The token before; 0 where there is none.</param>
    /// <param name="token">The token.</param>
    /// <param name="rows">Rows of the table.</param>
    /// <returns>From 0 to below <paramref name="rows"/>.</returns>
    public static int RowOf(int previous, int token, int rows) =>
        RowOf(Mix(((ulong)(uint)previous << 32) | (uint)token), rows);

    /// <summary>The row of what has a hash.</summary>
    internal static int RowOf(ulong hash, int rows) => (int)((hash >> 32) * (ulong)rows >> 32);

    /// <summary>
    /// What SplitMix64 (Steele, Lea and Flood 2014) makes of its counter: each bit of the outcome depends on each bit of the
    /// value.
    /// </summary>
    internal static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>The rows of the pairs of a text.</summary>
    /// <param name="tokens">[n].</param>
    /// <param name="rows">Rows of the table.</param>
    /// <param name="pairs">Written [n].</param>
    public static void Rows(ReadOnlySpan<int> tokens, int rows, Span<int> pairs)
    {
        for (var (t, previous) = (0, 0); t < tokens.Length; previous = tokens[t++])
            pairs[t] = RowOf(previous, tokens[t], rows);
    }
}
