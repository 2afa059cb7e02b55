namespace GpuLstm.Kernels.Loading;

/// <summary>Mends the PTX that ILGPU generates at <see cref="ILGPU.OptimizationLevel.O2"/>.</summary>
internal static class PtxMender
{
    /// <summary>
    /// <c>bra.uni</c> becomes <c>bra</c>: the uniformity analysis that emits it marks divergent branches uniform too, and
    /// it keeps ptxas from unrolling loops and from promoting local arrays to registers.
    /// </summary>
    public static string Mend(string ptx) => ptx.Replace("bra.uni", "bra", StringComparison.Ordinal);
}
