using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Mends the OpenCL C that ILGPU generates so that it is right on every device and runs on those without a generic
/// address space (PoCL, Oclgrind, many drivers), which OpenCL 3.0 makes optional.
/// </summary>
internal static partial class OpenClMender
{
    /// <summary>
    /// Generic pointers become global ones (our kernels keep no pointer to shared memory in a variable), and every
    /// barrier fences shared as well as global memory: ILGPU's own fences global memory only.
    /// </summary>
    public static string Mend(string source)
    {
        source = source.Replace("__generic", "__global", StringComparison.Ordinal);
        return WorkGroupBarrier().Replace(source, "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)");
    }

    [GeneratedRegex(@"\b(?:work_group_)?barrier\s*\([^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WorkGroupBarrier();
}
