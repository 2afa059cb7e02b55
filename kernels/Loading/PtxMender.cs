using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>Mends the PTX that ILGPU generates at <see cref="ILGPU.OptimizationLevel.O2"/>.</summary>
internal static partial class PtxMender
{
    /// <summary>
    /// <c>bra.uni</c> becomes <c>bra</c>: the uniformity analysis that emits it marks divergent branches uniform too, and
    /// it keeps ptxas from unrolling loops and from promoting local arrays to registers. The functions that ILGPU leaves of
    /// methods for which instructions are written (<see cref="Instructions.TensorCore"/>) go: nobody calls them. Sums move up
    /// to where their operands are known (<see cref="EarlySums"/>).
    /// </summary>
    public static string Mend(string ptx) => EarlySums.Hoist(Function().Replace(ptx.Replace("bra.uni", "bra", StringComparison.Ordinal), ""));

    // A declaration ends with a semicolon, a definition with a brace, each on a line of its own.
    [GeneratedRegex(@"^\.visible \.func .*?^[;}]\r?\n", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Function();
}
