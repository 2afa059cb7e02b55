using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Tests.Verification;
using GpuLstm.Training;
using GpuLstm.TweetGenerator;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Training;

/// <summary>A training that was stopped somewhere and goes on ends in the bits of one that never stopped.</summary>
[Collection(DevicePool.Tests)]
public sealed class ResumeTests : IDisposable
{
    private const int Rows = 60;
    private const int StepsInEpoch = 7; // 46 training rows, 7 a step
    private readonly TemporaryFolder folder = new();
    private readonly DevicePool devices;
    private readonly ITestOutputHelper output;
    private readonly string file;

    public ResumeTests(DevicePool devices, ITestOutputHelper output)
    {
        this.devices = devices;
        this.output = output;
        file = folder["tweets.csv"];
        using (var stream = File.Create(file))
            TweetSynthesizer.Write(stream, Rows, 9);
        File.AppendAllLines(file, Enumerable.Range(0, 9).Select(row => $"{9000 + row},a,Neutral,so so {row}"));
    }

    public static TheoryData<AcceleratorKind, int> Engines
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, int>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var units in new[] { 1, 5 }) // a GPU's step of one unit is a launch of its own
                    cases.Add(accelerator, units);
            }

            return cases;
        }
    }

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [MemberData(nameof(Engines))]
    public void Ends_in_the_same_bits_wherever_it_was_stopped(AcceleratorKind accelerator, int units)
    {
        TestSet.SkipIfLong(accelerator == AcceleratorKind.Simulator);
        var random = TestRandom.Create(output);
        foreach (var options in Variants(units))
        {
            var whole = folder[$"whole-{options.Optimizer}"];
            Train(whole, options, accelerator);
            var stopped = folder[$"stopped-{options.Optimizer}"];
            // Several stops in one training; most between two checkpoints, and the first perhaps before any.
            for (var stops = 0; stops < 4; stops++)
                Train(stopped, options, accelerator, stopAfter: random.Next(1, 6));
            Train(stopped, options, accelerator);
            AssertSame(whole, stopped);
        }
    }

    /// <summary>With a rate so large that the loss rises now and then, so that the plateau's memory counts.</summary>
    [Fact]
    public void A_schedule_goes_on_with_what_it_remembers()
    {
        var options = Variants(units: 5).First() with { Epochs = 8, LearningRate = 1, ClipNorm = null, WarmupSteps = 0 };
        Train(folder["whole"], options, AcceleratorKind.Cpu);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
            Train(folder["stopped"], options, AcceleratorKind.Cpu, StepsInEpoch, new CheckpointOptions()); // after each epoch
        Train(folder["stopped"], options, AcceleratorKind.Cpu);
        AssertSame(folder["whole"], folder["stopped"]);
        var resumed = RunFolder.Resume(folder["whole"]);
        using var taken = resumed.Folder;
        Assert.InRange(resumed.State.Position.Schedule["factor"], 0, 0.5);
    }

    [Fact]
    public void Layers_in_two_directions_go_on()
    {
        var options = Variants(units: 5).First() with
        {
            Layers = 2,
            Bidirectional = true,
            Readout = Readout.Attention,
            LayerDropout = 0.3,
        };
        Train(folder["whole"], options, AcceleratorKind.Cpu);
        Train(folder["stopped"], options, AcceleratorKind.Cpu, stopAfter: StepsInEpoch + 1);
        Train(folder["stopped"], options, AcceleratorKind.Cpu);
        AssertSame(folder["whole"], folder["stopped"]);
    }

    [Theory]
    [InlineData(AcceleratorKind.Cpu)]
    [InlineData(AcceleratorKind.Simulator)]
    public void Pairs_and_ngrams_go_on(AcceleratorKind accelerator)
    {
        var options = Variants(units: 3).Last() with
        {
            Pairs = FeatureJoin.Append,
            PairRows = 2000,
            PairSize = 3,
            Ngrams = FeatureJoin.Append,
            NgramRows = 500,
            NgramSize = 5,
        };
        Train(folder["whole"], options, accelerator);
        Train(folder["stopped"], options, accelerator, stopAfter: StepsInEpoch + 1);
        Train(folder["stopped"], options, accelerator);
        AssertSame(folder["whole"], folder["stopped"]);
    }

    /// <summary>More epochs than were asked for at first, as one training of all.</summary>
    [Fact]
    public void A_finished_training_can_be_made_longer()
    {
        var options = Variants(units: 5).First();
        Train(folder["whole"], options with { Epochs = 4 }, AcceleratorKind.Cpu);
        Train(folder["longer"], options with { Epochs = 2 }, AcceleratorKind.Cpu);
        Train(folder["longer"], options with { Epochs = 4 }, AcceleratorKind.Cpu);
        AssertSame(folder["whole"], folder["longer"]);
        Train(folder["longer"], options with { Epochs = 4 }, AcceleratorKind.Cpu); // nothing is left to do
        AssertSame(folder["whole"], folder["longer"]);
    }

    /// <summary>Without a step the average is the initial values, as the model is.</summary>
    [SkippableTheory]
    [InlineData(AcceleratorKind.Cpu)]
    [InlineData(AcceleratorKind.OpenCL)]
    public void Without_an_epoch_the_model_has_its_initial_values(AcceleratorKind accelerator)
    {
        var options = Variants(units: 5).First() with { Epochs = 0 };
        Train(folder["average"], options, accelerator);
        Train(folder["plain"], options with { AverageDecay = null }, accelerator);
        Assert.Equal(TrainedModel.Load(folder["plain"]).Parameters, TrainedModel.Load(folder["average"]).Parameters);
        Assert.Contains(TrainedModel.Load(folder["average"]).Parameters, value => value != 0);
    }

    /// <summary>A stop before the next checkpoint must not forget that more epochs were asked for.</summary>
    [Fact]
    public void More_epochs_are_kept_at_once()
    {
        var options = Variants(units: 5).First();
        Train(folder["run"], options with { Epochs = 1 }, AcceleratorKind.Cpu);
        Train(
            folder["run"], options with { Epochs = 4 }, AcceleratorKind.Cpu, stopAfter: 1,
            checkpoints: new CheckpointOptions { CheckpointEvery = 1000 });
        var resumed = RunFolder.Resume(folder["run"]);
        using var taken = resumed.Folder;
        Assert.Equal((4, 1), (resumed.Model.Config.Training.Epochs, resumed.State.Position.Epoch));
    }

    [Fact]
    public void The_state_goes_where_that_is_asked_for()
    {
        var options = Variants(units: 5).First();
        Train(folder["run"], options, AcceleratorKind.Cpu, checkpoints: new CheckpointOptions { DropState = true });
        Assert.False(File.Exists(folder["run/training.safetensors"]));
        Assert.NotEmpty(TrainedModel.Load(folder["run"]).Parameters);
        var error = Assert.Throws<UserErrorException>(() => RunFolder.Resume(folder["run"]));
        Assert.Contains("not the state of its training", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_or_foreign_state_is_refused()
    {
        var options = Variants(units: 5).First();
        Train(folder["run"], options, AcceleratorKind.Cpu);
        Train(folder["other"], options with { Seed = 5 }, AcceleratorKind.Cpu);
        var state = folder["run/training.safetensors"];
        var bytes = File.ReadAllBytes(state);
        File.Copy(folder["other/training.safetensors"], state, overwrite: true);
        Refused("of another model");
        bytes[^3] ^= 1;
        File.WriteAllBytes(state, bytes);
        Refused("it is damaged");
        bytes[^3] ^= 1;
        var epochs = bytes.AsSpan().IndexOf("epoch\\u0022:3"u8) + "epoch\\u0022:"u8.Length; // in the header
        Assert.Equal((byte)'3', bytes[epochs]);
        bytes[epochs] = (byte)'2';
        File.WriteAllBytes(state, bytes);
        Refused("it is damaged");
        bytes[epochs] = (byte)'3';
        File.WriteAllBytes(state, bytes);
        using (var resumed = RunFolder.Resume(folder["run"]).Folder)
            Assert.Equal(3, resumed.Epochs.Count);
        File.AppendAllText(folder["run/metrics.jsonl"], "{}\n");
        Refused("does not hold the figures");
        var lines = File.ReadAllLines(folder["run/metrics.jsonl"]);
        File.WriteAllLines(folder["run/metrics.jsonl"], lines[1..3]);
        Refused("does not have the 3 epochs");

        void Refused(string words) => Assert.Contains(
            words, Assert.Throws<UserErrorException>(() => RunFolder.Resume(folder["run"])).Message, StringComparison.Ordinal);
    }

    // All that a step or an epoch can remember: two moments, an average, a schedule with a state of its own; and what it draws.
    private static IEnumerable<TrainingOptions> Variants(int units)
    {
        var options = new TrainingOptions
        {
            Epochs = 3,
            HiddenSize = units,
            EmbeddingSize = 3,
            MaxLength = 6,
            BatchSize = 7,
            LearningRate = 0.01,
        };
        return
        [
            options with
            {
                AverageDecay = 0.9,
                ClipNorm = 0.1,
                Schedule = "plateau",
                WarmupSteps = 3,
                Hyperparameters = HyperparameterValues.None.With("patience", 0),
            },
            .. Optimizer.All.Skip(1).Select(rule => options with
            {
                Optimizer = rule.Name,
                ClassWeights = "balanced",
                EmbeddingDropout = 0.2,
                RecurrentDropout = units > 1 ? 0.2 : 0,
                HeadDropout = 0.3,
                TokenDropout = 0.1,
            }),
        ];
    }

    /// <summary>Trains, or goes on with what is in the folder.</summary>
    private void Train(
        string path, TrainingOptions options, AcceleratorKind accelerator, int? stopAfter = null,
        CheckpointOptions? checkpoints = null)
    {
        // Balanced classes are three, of which a step is not one launch.
        var classes = options.ClassWeights == "none" ? ClassNames.Sentiments : new ClassNames("Positive", "Negative", "Neutral");
        var data = PreparedData.FromFile(file, options.Tokens, options.MaxLength, labels: classes);
        var config = RunConfig.Of("tweets.csv", data.Sha256, null, options, classes);
        var resumed = File.Exists(Path.Combine(path, "config.json")) ? RunFolder.Resume(path) : null;
        using var run = resumed?.Folder ?? RunFolder.Create(path, config, data.Vocabulary);
        run.Reconfigure(config);
        using var engine = devices[accelerator].CreateEngine(
            options.Model(data), options.OptimizerFor(data), new EngineLimits(options.BatchSize, options.MaxLength));
        using var cancellation = new CancellationTokenSource();
        var observer = new StoppingObserver(stopAfter, cancellation);
        checkpoints ??= new CheckpointOptions { CheckpointEvery = 2 };
        try
        {
            Trainer.Run(options, data, engine, run, observer, cancellation.Token, checkpoints, resumed?.State);
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            output.WriteLine($"stopped {stopAfter} steps after {resumed?.State.Position.Epoch}, {resumed?.State.Position.Batch}");
        }
    }

    private static void AssertSame(string whole, string stopped)
    {
        foreach (var name in new[] { "model.safetensors", "config.json", "vocabulary.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(stopped, name)));
        using var expected = RunFolder.Resume(whole).Folder;
        using var actual = RunFolder.Resume(stopped).Folder;
        Assert.Equal(Figures(expected), Figures(actual));

        static IEnumerable<(int, double, double)> Figures(RunFolder run) =>
            run.Epochs.Select(epoch => (epoch.Epoch, epoch.TrainLoss, epoch.TrainAccuracy));
    }

    private sealed class StoppingObserver(int? stopAfter, CancellationTokenSource cancellation) : ITrainingObserver
    {
        private int done;

        public void OnStep(int epoch, int step, int steps)
        {
            if (++done == stopAfter)
                cancellation.Cancel();
        }

        public void OnEpoch(EpochReport report)
        {
            // Its line is in the folder.
        }
    }
}
