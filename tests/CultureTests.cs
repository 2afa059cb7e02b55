using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Training;
using GpuLstm.TweetGenerator;
using GpuLstm.Verification;

namespace GpuLstm.Tests;

/// <summary>The library writes and computes the same in every country.</summary>
public sealed class CultureTests : IDisposable
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 1,
        EmbeddingSize = 3,
        HiddenSize = 5,
        MaxLength = 6,
        LearningRate = 0.0125,
    };
    private readonly TemporaryFolder folder = new();

    public static TheoryData<AcceleratorKind> Accelerators => [.. TestDevices.WithKernels];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_model_and_its_data_are_the_same_files()
    {
        Train("here");
        ForeignCulture.Run(() => Train("abroad"));
        Assert.All(
            ["tweets.csv", "run/config.json", "run/vocabulary.json", "run/model.safetensors"],
            file => Assert.Equal(File.ReadAllBytes(folder[$"here/{file}"]), File.ReadAllBytes(folder[$"abroad/{file}"])));
        Assert.Contains("\"learningRate\": 0.0125", File.ReadAllText(folder["abroad/run/config.json"]), StringComparison.Ordinal);
        ForeignCulture.Run(() => Assert.Equal(Options, TrainedModel.Load(folder["here/run"]).Config.Training));
    }

    /// <summary>The text of a kernel that a driver is given has numbers in it too, and its results are printed.</summary>
    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Kernels_are_compiled_and_verified_alike(AcceleratorKind accelerator)
    {
        TestDevices.SkipIfAbsent(accelerator);
        ForeignCulture.Run(() =>
        {
            using var verifier = new Verifier(accelerator);
            var results = verifier.RunOperation(verifier.Operations.First(row => row.Operation == "gate math"), new Random(1));
            Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
        });
    }

    private void Train(string place)
    {
        Directory.CreateDirectory(folder[place]);
        using (var stream = File.Create(folder[$"{place}/tweets.csv"]))
            TweetSynthesizer.Write(stream, 200, 9);
        var data = PreparedData.FromFile(folder[$"{place}/tweets.csv"], Options.Tokens, Options.MaxLength);
        using var engine = EngineFactory.Create(
            AcceleratorKind.Cpu, Options.Model(data.Vocabulary), Options.OptimizerOptions,
            new EngineLimits(Options.BatchSize, Options.MaxLength));
        var run = RunFolder.Create(
            folder[$"{place}/run"], RunConfig.Of("tweets.csv", data.Sha256, null, Options), data.Vocabulary);
        Trainer.Run(Options, data, engine, run, new SilentObserver(), CancellationToken.None);
    }

    private sealed class SilentObserver : ITrainingObserver
    {
        public void OnStep(int epoch, int step, int steps)
        {
        }

        public void OnEpoch(EpochReport report)
        {
        }
    }
}
