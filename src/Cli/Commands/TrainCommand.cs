using System.CommandLine;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Training;

namespace GpuLstm.Cli.Commands;

/// <summary><c>train</c>: tweets in, a run folder and a test accuracy out.</summary>
internal static class TrainCommand
{
    /// <summary>What the model is tried on; a model of the built-in sample answers it rightly, see the tests.</summary>
    internal const string ExampleText = "what a great game";

    private static readonly DataOptions Data = new();
    private static readonly Option<AcceleratorKind?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<int?> Epochs = CommonOptions.Number<int>(
        "--epochs", "Passes over the training rows; with 0 the model is left with its initial values",
        $"{TrainingOptions.Default.Epochs}");

    private static readonly Option<int?> BatchSize = CommonOptions.BatchSize(TrainingOptions.Default.BatchSize);
    private static readonly OptimizationOptions Optimizer = new();

    private static readonly Option<int?> Embedding = CommonOptions.EmbeddingSize(TrainingOptions.Default.EmbeddingSize);
    private static readonly Option<int?> Hidden = CommonOptions.HiddenSize(TrainingOptions.Default.HiddenSize);
    private static readonly Option<Readout?> ReadoutOption = CommonOptions.Readout();
    private static readonly Option<Precision?> PrecisionOption = CommonOptions.Choice(
        "--precision", "To what the operands of large products are rounded; other than float32 on tensor cores",
        PrecisionNames.All,
        PrecisionNames.Of(TrainingOptions.Default.Precision));

    private static readonly Option<uint?> Seed = CommonOptions.Number<uint>(
        "--seed", "Seeds initial values and shuffling", $"{TrainingOptions.Default.Seed}");

    private static readonly Option<string?> Output = new ProgramOption<string?>("--output", "-o")
    {
        Description = "Folder for the model",
        HelpName = "folder",
        DefaultText = "a new one, runs/DATE-TIME",
    };

    private static readonly Option<bool> Overwrite = new("--overwrite")
    {
        Description = "Replace the model that is in the folder of --output",
    };
    private static readonly Option<bool> Profile = new("--profile")
    {
        Description = "Show where the time of a step goes, kernel by kernel",
    };

    public static Command Create()
    {
        var command = new ProgramCommand(
            "train", "Train a classifier and report its test accuracy",
            [
                new("Data", Data.Data, Data.Limit, Data.Tokens, Data.MinCount, Data.MaxLength),
                new("Model", Data.Preset, Embedding, Hidden, ReadoutOption),
                new("Schedule", Epochs, BatchSize, Seed),
                new("Optimizer", Optimizer.All),
                new("Where to compute", Accelerator, Threads, PrecisionOption, Profile),
                new("Output", Output, Overwrite),
            ],
            "train --data tweets.csv --accelerator opencl --output model",
            "train --data tweets.csv --preset article --epochs 20");
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var accelerator = parsed.GetValue(Accelerator) ?? AcceleratorKind.Auto;
        var options = UsageException.Check(() => Options(parsed, accelerator));
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var limit = Data.ReadLimit(parsed);
        var (output, overwrite) = (parsed.GetValue(Output), parsed.GetValue(Overwrite));
        if (output is not null)
            RunFolder.CheckFree(output, overwrite); // before minutes are spent

        if (parsed.GetValue(Data.Data) is null)
            Terminal.WriteLine("no --data given: training on the built-in sample of synthetic tweets");
        var data = PreparedData.FromFile(Data.File(parsed), options.Tokens, options.MaxLength, options.MinCount, limit);
        Say(data, options);

        using var engine = EngineFactory.Create(
            accelerator, options.Model(data.Vocabulary), options.OptimizerOptions,
            new EngineLimits(options.BatchSize, options.MaxLength) { Threads = threads },
            options.Precision, parsed.GetValue(Profile));
        var chosen = accelerator == AcceleratorKind.Auto ? "auto chose " : "";
        Terminal.WriteLine($"{chosen}{engine.Accelerator}: {engine.Device}");

        var config = RunConfig.Of(SampleData.NameOf(parsed.GetValue(Data.Data)), data.Sha256, limit, options);
        using var folder = output is null
            ? RunFolder.CreateFresh("runs", config, data.Vocabulary)
            : RunFolder.Create(output, config, data.Vocabulary, overwrite);
        WorkDone.TellBy(() => Told(folder, options.Epochs));
        ProfilingObserver? profiling = null;
        var metrics = TrainingProgress.Show(options.Epochs, observer =>
        {
            if (parsed.GetValue(Profile))
                observer = profiling = new ProfilingObserver((IProfiledEngine)engine, observer);
            return Trainer.Run(options, data, engine, folder, observer, cancellation);
        });
        if (profiling?.Profile is { } profile)
            ProfileReport.Write(profile);
        else if (profiling is not null && options.Epochs > 0)
        {
            Terminal.Note(
                "note: no profile, because the first step compiles the kernels and there was no other; train for more epochs");
        }

        Terminal.WriteLine(
            $"test accuracy {metrics.TestAccuracy:F4} (95 %: {metrics.TestAccuracyInterval.Low:F4} to "
            + $"{metrics.TestAccuracyInterval.High:F4}; "
            + $"always the more frequent label: {metrics.TestMajorityShare:F4})");
        Terminal.WriteLine($"test loss {metrics.TestLoss:F4}, trained in {metrics.TrainSeconds:F1} s");
        Terminal.WriteLine($"the model is in {folder.Path}; try:");
        Terminal.WriteLine($"{ProgramName.AsStarted} predict --model {ShellQuote.Of(folder.Path)} {ShellQuote.Of(ExampleText)}");
        return 0;
    }

    private static void Say(PreparedData data, TrainingOptions options)
    {
        var words = options.Tokens == TokenKind.Word ? "words" : "characters";
        var rare = options.MinCount > 1 ? $" that occur {options.MinCount} times or more" : "";
        Terminal.WriteLine(
            $"{data.Train.Rows:N0} training and {data.Test.Rows:N0} test rows, {data.Vocabulary.Size - 1:N0} different "
            + $"{words}{rare}");
        if (data.Train.CutRows + data.Test.CutRows is > 0 and var cut)
        {
            Terminal.WriteLine(
                $"{cut:N0} of the texts are longer than {options.MaxLength:N0} {words} and are cut there (--max-length)");
        }
    }

    private static TrainingOptions Options(ParseResult parsed, AcceleratorKind accelerator)
    {
        var start = Optimizer.Options(parsed, Data.Options(parsed));
        var options = start with
        {
            Readout = parsed.GetValue(ReadoutOption) ?? start.Readout,
            EmbeddingSize = parsed.GetValue(Embedding) ?? start.EmbeddingSize,
            HiddenSize = parsed.GetValue(Hidden) ?? start.HiddenSize,
            Epochs = parsed.GetValue(Epochs) ?? start.Epochs,
            BatchSize = parsed.GetValue(BatchSize) ?? start.BatchSize,
            Precision = parsed.GetValue(PrecisionOption) ?? start.Precision,
            Seed = parsed.GetValue(Seed) ?? start.Seed,
        };
        options.Check();
        // With the least vocabulary there is: what does not fit so does not fit whatever the data are.
        new EngineLimits(options.BatchSize, options.MaxLength).Check(
            new ModelOptions(VocabularySize: 2, options.EmbeddingSize, options.HiddenSize, options.MaxLength, options.Readout));
        EngineFactory.Check(accelerator, options.Precision, options.HiddenSize, parsed.GetValue(Profile));
        return options;
    }

    private static string Told(RunFolder folder, int epochs) => folder.SavedEpoch is { } saved
        ? $"{saved.Epoch} of {epochs} epochs done, the last with loss {saved.TrainLoss:F4} and accuracy "
            + $"{saved.TrainAccuracy:F4}; its model is in {folder.Path}"
        : $"no epoch done, nothing was written to {folder.Path}";
}
