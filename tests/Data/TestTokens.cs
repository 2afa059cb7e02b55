using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

/// <summary>The tokens of a matrix, for comparisons.</summary>
internal static class TestTokens
{
    public static int[][] Of(TokenMatrix rows) =>
        [.. Enumerable.Range(0, rows.Rows).Select(row => rows.TokensOf(row).ToArray())];
}
