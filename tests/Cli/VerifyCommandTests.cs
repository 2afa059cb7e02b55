using GpuLstm.Kernels.Devices;
using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>verify</c> as a user runs it.</summary>
public sealed class VerifyCommandTests
{
    [Fact]
    public void Verify_prints_a_table_or_json()
    {
        Assert.Contains(" passed, 0 failed", Succeeds("verify", "--accelerator", "cpu"), StringComparison.Ordinal);
        VerifyPassesIn("cpu");
    }

    [SkippableFact]
    public void Verify_runs_the_kernels()
    {
        TestSet.SkipIfLong();
        TestDevices.SkipIfAbsent(AcceleratorKind.OpenCL);
        VerifyPassesIn("opencl");
    }

    private static void VerifyPassesIn(string accelerator)
    {
        var json = Json(Succeeds("verify", "--accelerator", accelerator, "--seed", "3", "--json"));
        Assert.Equal((3, 0), (json.GetProperty("seed").GetInt32(), json.GetProperty("failed").GetInt32()));
        Assert.All(
            json.GetProperty("results").EnumerateArray(), result => Assert.True(result.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public void Verify_compares_runs_and_gradients()
    {
        Assert.Contains(
            "1 thread, 2 threads", Succeeds("verify", "--determinism", "--accelerator", "cpu"), StringComparison.Ordinal);
        var gradients = Succeeds("verify", "--gradients", "--hidden", "2", "--lengths", "padded");
        Assert.Contains("lstm.weight_hh_l0", gradients, StringComparison.Ordinal);
        Assert.Contains("7 passed, 0 failed", gradients, StringComparison.Ordinal);
        Assert.Contains(
            "| model: loss and gradient | fc.bias | 1e-6 |", Succeeds("verify", "--markdown", "--accelerator", "cpu"),
            StringComparison.Ordinal);
    }
}
