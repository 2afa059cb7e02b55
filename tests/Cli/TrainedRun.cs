namespace GpuLstm.Tests.Cli;

/// <summary>A small trained model that the tests of a class share.</summary>
public sealed class TrainedRun : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TrainedRun()
    {
        var result = CliProcess.Run(
            "train", "--accelerator", "cpu", "--limit", "40", "--hidden", "4", "--epochs", "1", "--output", Path);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    /// <summary>Its folder.</summary>
    public string Path => folder["run"];

    public void Dispose() => folder.Dispose();
}
