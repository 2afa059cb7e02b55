using GpuLstm.Engines;
using GpuLstm.Verification;

namespace GpuLstm.Tests;

/// <summary>
/// Which accelerators the tests run on: those that are there. One that <c>GPULSTM_REQUIRE</c> names (comma-separated)
/// must be there; any other that is absent is a skipped test.
/// </summary>
internal static class TestDevices
{
    private static readonly Lazy<IReadOnlyList<AcceleratorChoice>> Available = new(Verifier.Available);

    /// <summary>All that there could be.</summary>
    public static IReadOnlyList<AcceleratorChoice> All => [AcceleratorChoice.Cpu, AcceleratorChoice.Simulator, AcceleratorChoice.OpenCL, AcceleratorChoice.Cuda];

    /// <summary>Those that run the kernels.</summary>
    public static IReadOnlyList<AcceleratorChoice> WithKernels => [AcceleratorChoice.Simulator, AcceleratorChoice.OpenCL, AcceleratorChoice.Cuda];

    public static void SkipIfAbsent(AcceleratorChoice accelerator)
    {
        var there = Available.Value.Contains(accelerator);
        var required = (Environment.GetEnvironmentVariable("GPULSTM_REQUIRE") ?? "").Split(',');
        Assert.True(there || !required.Contains($"{accelerator}", StringComparer.OrdinalIgnoreCase), $"{accelerator} is required, and not there");
        Skip.IfNot(there, $"no {accelerator} device on this machine");
    }
}
