using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Training;
using GpuLstm.TweetGenerator;

namespace GpuLstm.Tests.Training;

/// <summary>A training that leaves the finite numbers says where, and keeps the last good checkpoint.</summary>
public sealed class NonFiniteTests : IDisposable
{
    private const string Poisoned = "lstm.weight_hh_l0";

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3,
        HiddenSize = 4,
        EmbeddingSize = 3,
        MaxLength = 6,
        BatchSize = 10,
    };

    private readonly TemporaryFolder folder = new();
    private readonly PreparedData data;

    public NonFiniteTests()
    {
        using (var stream = File.Create(folder["tweets.csv"]))
            TweetSynthesizer.Write(stream, 100, 9);
        data = PreparedData.FromFile(folder["tweets.csv"], Options.Tokens, Options.MaxLength);
    }

    public static TheoryData<Poison, int, string> Cases => new()
    {
        // The rows make as many batches as the last one says.
        { Poison.Gradient, 1, $"the gradient of {Poisoned} is no longer finite at step 1 (epoch 1, batch 1 of" },
        { Poison.Gradient, -1, $"the gradient of {Poisoned} is no longer finite at step" },
        { Poison.Loss, 2, "the loss is no longer finite at step 2 (epoch 1, batch 2 of" },
        { Poison.Parameters, 3, $"{Poisoned} is no longer finite at step 3 (epoch 1, batch 3 of" },
        { Poison.Parameters, -1, $"{Poisoned} is no longer finite at step" },
        { Poison.Moments, -1, $"exp_avg_sq of {Poisoned} is no longer finite at step" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Says_step_batch_and_tensor(Poison poison, int step, string words)
    {
        var batches = (data.Train.Rows + Options.BatchSize - 1) / Options.BatchSize;
        // The last step of an epoch leaves its mark in the state alone.
        foreach (var epoch in step > 0 ? new[] { 0 } : [0, 1])
        {
            var number = step > 0 ? step : (epoch + 1) * batches;
            var (error, run) = Train($"{epoch}", poison, number);
            Assert.StartsWith(words, error, StringComparison.Ordinal);
            Assert.Contains(
                $"at step {number} (epoch {epoch + 1}, batch {number - epoch * batches} of {batches}); "
                + $"{(epoch == 0 ? "nothing was saved yet" : "the last checkpoint is kept")}; use a smaller LearningRate, or "
                + $"ClipNorm",
                error, StringComparison.Ordinal);
            if (epoch == 0)
            {
                Assert.False(File.Exists(Path.Combine(run, "model.safetensors")));
                continue;
            }

            Assert.NotEmpty(TrainedModel.Load(run).Parameters);
            using var resumed = RunFolder.Resume(run).Folder;
            Assert.Single(resumed.Epochs);
        }
    }

    [Fact]
    public void A_device_that_makes_a_mistake_once_is_told_apart()
    {
        var (error, _) = Train("run", Poison.Once, 2);
        Assert.Contains("the device makes mistakes", error, StringComparison.Ordinal);
    }

    private (string Error, string Run) Train(string name, Poison poison, int step)
    {
        using var engine = new PoisonedEngine(
            EngineFactory.Create(
                AcceleratorKind.Cpu, Options.Model(data.Vocabulary), Options.OptimizerOptions,
                new EngineLimits(Options.BatchSize, Options.MaxLength)),
            poison, step);
        using var run = RunFolder.Create(folder[name], RunConfig.Of("tweets.csv", data.Sha256, null, Options), data.Vocabulary);
        var error = Assert.Throws<UserErrorException>(
            () => Trainer.Run(Options, data, engine, run, new Silence(), CancellationToken.None));
        return (error.Message, run.Path);
    }

    /// <summary>What goes wrong.</summary>
    public enum Poison
    {
        Loss,
        Gradient,
        Parameters,
        Moments,
        Once,
    }

    private sealed class Silence : ITrainingObserver
    {
        public void OnStep(int epoch, int step, int steps)
        {
        }

        public void OnEpoch(EpochReport report)
        {
        }
    }

    /// <summary>An engine of whose steps one goes wrong, each time that it comes.</summary>
    private sealed class PoisonedEngine(ITrainingEngine inner, Poison poison, int step) : ITrainingEngine
    {
        private bool wasPoisoned;

        public string Accelerator => inner.Accelerator;

        public string Device => inner.Device;

        public string Arithmetic => inner.Arithmetic;

        public ParameterLayout Layout => inner.Layout;

        public void SetParameters(ReadOnlySpan<float> parameters) => inner.SetParameters(parameters);

        public void GetParameters(Span<float> parameters) => inner.GetParameters(parameters);

        public EngineState GetState() => inner.GetState();

        public void SetState(EngineState state) => inner.SetState(state);

        public IEngineBatches Load(TokenMatrix rows, int batchSize) => inner.Load(rows, batchSize);

        public void TrainStep(IEngineBatches batches, int index, double rateFactor = 1)
        {
            inner.TrainStep(batches, index, rateFactor);
            var state = inner.GetState();
            if (state.Step != step || (poison == Poison.Once && wasPoisoned))
                return;
            wasPoisoned = true;
            var buffer = state.Buffers[poison == Poison.Moments ? "exp_avg_sq" : EngineState.Parameters];
            if (poison is not (Poison.Loss or Poison.Once))
                Layout.Lstm[0].RecurrentWeights.In(buffer)[0] = float.PositiveInfinity;
            var loss = poison is Poison.Loss or Poison.Once ? double.NaN : 0;
            inner.SetState(state with { Totals = state.Totals + new BatchTotals(loss, 0, 0) });
        }

        public BatchTotals ReadTrainingTotals() => inner.ReadTrainingTotals();

        public BatchTotals TakeTrainingTotals() => inner.TakeTrainingTotals();

        public BatchTotals ComputeGradient(IEngineBatches batches, int index, Span<float> gradient)
        {
            var totals = inner.ComputeGradient(batches, index, gradient);
            if (inner.GetState().Step != step - 1)
                return totals;
            if (poison == Poison.Gradient)
                Layout.Lstm[0].RecurrentWeights.In(gradient)[0] = float.NaN;
            return poison == Poison.Loss ? totals with { LossSum = double.NaN } : totals;
        }

        public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation) =>
            inner.Evaluate(batches, logits, cancellation);

        public void Dispose() => inner.Dispose();
    }
}
