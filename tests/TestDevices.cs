using GpuLstm.Kernels.Devices;
using GpuLstm.Verification;

namespace GpuLstm.Tests;

/// <summary>
/// Which accelerators the tests run on: those that are there. One that <c>GPULSTM_REQUIRE</c> names (comma-separated)
/// must be there; any other that is absent is a skipped test.
/// </summary>
internal static class TestDevices
{
    private static readonly Lazy<IReadOnlyList<AcceleratorKind>> Available = new(Verifier.Available);

    /// <summary>All that there could be.</summary>
    public static IReadOnlyList<AcceleratorKind> All =>
        [AcceleratorKind.Cpu, AcceleratorKind.Simulator, AcceleratorKind.OpenCL, AcceleratorKind.Cuda];

    /// <summary>Those that run the kernels.</summary>
    public static IReadOnlyList<AcceleratorKind> WithKernels =>
        [AcceleratorKind.Simulator, AcceleratorKind.OpenCL, AcceleratorKind.Cuda];

    /// <summary>Skips the test where an accelerator is absent, or fails it where it is required.</summary>
    public static void SkipIfAbsent(AcceleratorKind accelerator) =>
        SkipUnless(Available.Value.Contains(accelerator), $"{accelerator}", $"no {accelerator} device on this machine");

    /// <summary>Skips the test where something is absent, or fails it where <c>GPULSTM_REQUIRE</c> names it.</summary>
    public static void SkipUnless(bool there, string name, string reason)
    {
        var required = (Environment.GetEnvironmentVariable("GPULSTM_REQUIRE") ?? "").Split(',');
        Assert.True(there || !required.Contains(name, StringComparer.OrdinalIgnoreCase), $"{name} is required: {reason}");
        Skip.IfNot(there, reason);
    }
}
