using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;

namespace GpuLstm.Tests.Model;

/// <summary>A run's configuration as a file.</summary>
public sealed class RunConfigTests
{
    [Theory]
    [InlineData(Precision.Full, "float32")]
    [InlineData(Precision.Tf32, "tf32")]
    [InlineData(Precision.BFloat16, "bf16")]
    public void Keeps_the_precision_under_its_name(Precision precision, string name)
    {
        using var folder = new TemporaryFolder();
        var config = new RunConfig(RunConfig.CurrentFormatVersion, "tweets.csv", null, TrainingOptions.Default with { Precision = precision });
        using (var stream = File.Create(folder["config.json"]))
            config.Save(stream);
        Assert.Contains($"\"precision\": \"{name}\"", File.ReadAllText(folder["config.json"]), StringComparison.Ordinal);
        Assert.Equal(config, RunConfig.Load(folder["config.json"]));
    }

    [Fact]
    public void A_file_from_before_there_were_precisions_is_float32()
    {
        using var folder = new TemporaryFolder();
        var config = new RunConfig(RunConfig.CurrentFormatVersion, "tweets.csv", 100, TrainingOptions.Article);
        using (var stream = File.Create(folder["new.json"]))
            config.Save(stream);
        var lines = File.ReadAllLines(folder["new.json"]).Where(line => !line.Contains("precision", StringComparison.Ordinal)).ToArray();
        Assert.Equal(File.ReadAllLines(folder["new.json"]).Length - 1, lines.Length);
        Assert.Equal(config, RunConfig.Load(folder.File("old.json", string.Join('\n', lines))));
    }
}
