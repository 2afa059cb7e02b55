using System.Text.Json;
using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Data.Sources;
using GpuLstm.Training;
using GpuLstm.TweetGenerator;

namespace GpuLstm.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        HiddenSize = 8,
        EmbeddingSize = 4,
        LearningRate = 0.01,
    };
    private readonly TemporaryFolder folder = new();
    private readonly PreparedData data;

    public TrainerTests()
    {
        using (var stream = File.Create(folder["tweets.csv"]))
            TweetSynthesizer.Write(stream, 500, 9);
        data = PreparedData.FromFile(folder["tweets.csv"], Options.Tokens, Options.MaxLength);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Learns_and_leaves_a_whole_run_folder()
    {
        var metrics = Run(Options with { Epochs = 12 }, CancellationToken.None);
        Assert.True(metrics.TrainLoss[^1] < 0.9 * metrics.TrainLoss[0], string.Join(" ", metrics.TrainLoss));
        Assert.Equal((12, data.Train.Rows, data.Test.Rows), (metrics.Epochs, metrics.TrainRows, metrics.TestRows));
        Assert.Equal(12, File.ReadLines(folder["run/metrics.jsonl"]).Count());
        var json = JsonDocument.Parse(File.ReadAllText(folder["run/metrics.json"])).RootElement;
        Assert.All(
            [
                "accelerator", "device", "trainRows", "testRows", "vocabularySize", "epochs", "trainLoss", "testLoss",
                "testAccuracy", "trainSeconds",
            ],
            key => Assert.True(json.TryGetProperty(key, out _), key));

        var model = TrainedModel.Load(folder["run"]);
        Assert.Equal(data.Vocabulary.Tokens, model.Vocabulary.Tokens);
        Assert.Equal(Options with { Epochs = 12 }, model.Config.Training);
        using var classifier = new TextClassifier(model, AcceleratorKind.Cpu);
        var heldOut = EvaluationData.FromFile(model, folder["tweets.csv"]);
        Assert.Equal((EvaluationPart.Test, true), (heldOut.Part, heldOut.IsTrainingFile));
        Assert.Equal(TestTokens.Of(data.Test), TestTokens.Of(heldOut.Rows));
        var report = classifier.Evaluate(heldOut.Rows, CancellationToken.None);
        Assert.Equal(metrics.TestAccuracy, report.Accuracy);
        Assert.Equal(metrics.TestAccuracyInterval, report.AccuracyInterval);
        Assert.Equal(metrics.TestLoss, report.Loss);
    }

    /// <summary>A version that draws by another seed must not measure a model on rows of its training.</summary>
    [Fact]
    public void The_held_out_rows_are_those_of_the_models_own_seed()
    {
        Run(Options, CancellationToken.None);
        var model = TrainedModel.Load(folder["run"]);
        var rows = RowFile.Read(folder["tweets.csv"])
            .Where(row => row.Label is "Positive" or "Negative" && row.Text.Length > 0).ToList();
        int[] labels = [.. rows.Select(row => row.Label == "Positive" ? 0 : 1)];
        foreach (var seed in new uint[] { 1, 2 })
        {
            var test = TrainTestSplit.Of(rows.Count).Limited(labels, 100, seed).Test;
            var expected = TokenMatrix.Encode(
                [.. test.Select(row => rows[row].Text)], [.. test.Select(row => labels[row])], model.Vocabulary,
                model.Options.MaxLength);
            var heldOut = EvaluationData.FromFile(
                model with { Config = model.Config with { Limit = 100, LimitSeed = seed } }, folder["tweets.csv"]);
            Assert.Equal(TestTokens.Of(expected), TestTokens.Of(heldOut.Rows));
        }
    }

    [Fact]
    public void Same_seed_same_model_and_another_seed_another()
    {
        Run(Options, CancellationToken.None);
        var first = File.ReadAllBytes(folder["run/model.safetensors"]);
        Run(Options, CancellationToken.None);
        Assert.Equal(first, File.ReadAllBytes(folder["run/model.safetensors"]));
        Run(Options with { Seed = 1 }, CancellationToken.None);
        Assert.NotEqual(first, File.ReadAllBytes(folder["run/model.safetensors"]));
    }

    [Fact]
    public void Stopping_leaves_the_last_epochs_model_whole()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Run(Options with { Epochs = 50 }, cancellation.Token, report =>
        {
            if (report.Epoch == 2)
                cancellation.Cancel();
        }));
        Assert.Equal(2, File.ReadLines(folder["run/metrics.jsonl"]).Count());
        Assert.NotEmpty(TrainedModel.Load(folder["run"]).Parameters);
        Assert.False(File.Exists(folder["run/metrics.json"]));
    }

    [Fact]
    public void Smaller_last_batches_count_by_their_rows()
    {
        // One epoch without learning: the mean loss is that of all rows, however they fall into batches.
        var still = Options with { Epochs = 1, LearningRate = 1e-30 };
        var whole = Run(still with { BatchSize = data.Train.Rows }, CancellationToken.None);
        var ragged = Run(still with { BatchSize = 7 }, CancellationToken.None);
        Assert.Equal(whole.TrainLoss[0], ragged.TrainLoss[0], 1e-6);
    }

    private TrainingMetrics Run(TrainingOptions options, CancellationToken cancellation, Action<EpochReport>? onEpoch = null)
    {
        using var engine = EngineFactory.Create(
            AcceleratorKind.Cpu, options.Model(data.Vocabulary), options.OptimizerOptions,
            new EngineLimits(options.BatchSize, options.MaxLength));
        using var run = RunFolder.Create(
            folder["run"], RunConfig.Of("tweets.csv", data.Sha256, null, options), data.Vocabulary, overwrite: true);
        return Trainer.Run(options, data, engine, run, new Observer(onEpoch), cancellation);
    }

    private sealed class Observer(Action<EpochReport>? onEpoch) : ITrainingObserver
    {
        public void OnStep(int epoch, int step, int steps) => Assert.InRange(step, 1, steps);

        public void OnEpoch(EpochReport report) => onEpoch?.Invoke(report);
    }
}
