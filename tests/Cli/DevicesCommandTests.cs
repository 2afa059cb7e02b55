using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>devices</c>, and the choice among them, as a user sees it.</summary>
public sealed class DevicesCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Devices_lists_what_is_there()
    {
        var output = Succeeds("devices");
        Assert.Contains("cpu", output, StringComparison.Ordinal);
        Assert.Contains("simulator", output, StringComparison.Ordinal);
        Assert.Contains("auto takes ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_says_what_it_chose()
    {
        Assert.Contains(
            "auto chose ", Succeeds("train", "--limit", "40", "--epochs", "1", "--output", folder["run"]),
            StringComparison.Ordinal);
        var predict = Run("predict", "--model", folder["run"], "text");
        Assert.StartsWith("auto chose ", predict.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("auto chose", predict.Output, StringComparison.Ordinal);
    }
}
