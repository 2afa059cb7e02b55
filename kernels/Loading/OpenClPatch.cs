using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Patches the OpenCL C that ILGPU generates so that it is right on every device and runs on those without a generic
/// address space (PoCL, Oclgrind, many drivers), which OpenCL 3.0 makes optional.
/// </summary>
internal static partial class OpenClPatch
{
    /// <summary>
    /// Generic pointers become global ones (our kernels keep no pointer to shared memory in a variable), every barrier
    /// fences shared as well as global memory (ILGPU's own fences global memory only), and atomics on whole numbers in global
    /// memory become those of OpenCL 1.2, which say so. Products are written into sums (<see cref="ProductFusion"/>). Types and
    /// labels are numbered from 0 (<see cref="Numbering"/>).
    /// </summary>
    public static string Apply(string source)
    {
        source = source.Replace("__generic", "__global", StringComparison.Ordinal);
        source = Atomic().Replace(source, "atomic_${operation}((volatile __global int*)");
        source = WorkGroupBarrier().Replace(ProductFusion.Fuse(source), "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)");
        return Numbering.FromZero(source, TypeOrLabel());
    }

    [GeneratedRegex(@"\b(?:work_group_)?barrier\s*\([^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex WorkGroupBarrier();

    [GeneratedRegex(
        @"\batomic_fetch_(?<operation>\w+)\s*\(\s*\(atomic_int\s*\*\)", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Atomic();

    [GeneratedRegex(@"\b(?<kind>type|L)_[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex TypeOrLabel();
}
