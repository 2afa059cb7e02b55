using System.Text.RegularExpressions;
using GpuLstm.Kernels.TensorCores;

namespace GpuLstm.Kernels.Loading;

/// <summary>Patches the PTX that ILGPU generates at <see cref="ILGPU.OptimizationLevel.O2"/>.</summary>
internal static partial class PtxPatch
{
    /// <summary>
    /// <c>bra.uni</c> becomes <c>bra</c>: the uniformity analysis that emits it marks divergent branches uniform too, and
    /// it keeps ptxas from unrolling loops and from promoting local arrays to registers. The functions that ILGPU leaves of
    /// methods for which instructions are written (<see cref="TensorCore"/>) go: nothing calls them. Remainders by
    /// powers of two need no division (<see cref="PowerOfTwo"/>). Sums move up to where their operands are known
    /// (<see cref="HoistedSums"/>). Parameters and labels are numbered from 0 (<see cref="Numbering"/>).
    /// </summary>
    public static string Apply(string ptx)
    {
        ptx = Function().Replace(ptx.Replace("bra.uni", "bra", StringComparison.Ordinal), "");
        return Numbering.FromZero(HoistedSums.Hoist(PowerOfTwo.WithoutDivision(ptx)), ParameterOrLabel());
    }

    // A declaration ends with a semicolon, a definition with a brace, each on a line of its own.
    [GeneratedRegex(
        @"^\.visible \.func .*?^[;}]\r?\n", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Function();

    [GeneratedRegex(@"\b(?<kind>_a|L)_[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ParameterOrLabel();
}
