using System.Text.Json;
using GpuLstm.Kernels.Devices;
using GpuLstm.Tests.Cli;

namespace GpuLstm.Tests.Acceptance;

/// <summary>The article's model on the whole real file, on the CPU engine and through OpenCL.</summary>
public sealed class TrainingOnRealTweetsTests
{
    [SkippableFact]
    public void Cpu_and_opencl_fall_to_the_same_losses()
    {
        var tweets = RealTweets.Path();
        TestDevices.SkipIfAbsent(AcceleratorKind.OpenCL);
        using var folder = new TemporaryFolder();
        var (cpu, opencl) = (Train("cpu"), Train("opencl"));
        Assert.True(cpu.Losses[1] < cpu.Losses[0], $"{cpu}");
        Assert.All(cpu.Losses.Zip(opencl.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        Assert.Equal(cpu.TestLoss, opencl.TestLoss, 1e-3);

        (double[] Losses, double TestLoss) Train(string accelerator)
        {
            var result = CliProcess.Run(
                "train", "--data", tweets, "--preset", "article", "--epochs", "2", "--accelerator", accelerator, "--output",
                folder[accelerator]);
            Assert.True(result.ExitCode == 0, result.Error);
            var metrics = JsonDocument.Parse(File.ReadAllText(folder[$"{accelerator}/metrics.json"])).RootElement;
            Assert.Equal((34_410, 8_603, 274), (Count("trainRows"), Count("testRows"), Count("vocabularySize")));
            return (
                [.. metrics.GetProperty("trainLoss").EnumerateArray().Select(loss => loss.GetDouble())],
                metrics.GetProperty("testLoss").GetDouble());

            int Count(string key) => metrics.GetProperty(key).GetInt32();
        }
    }
}
