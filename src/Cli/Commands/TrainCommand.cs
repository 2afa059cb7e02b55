using System.CommandLine;
using GpuLstm.Cli.Output;
using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;

namespace GpuLstm.Cli.Commands;

/// <summary><c>train</c>: tweets in, a run folder and a test accuracy out.</summary>
internal static class TrainCommand
{
    private enum PresetName
    {
        Article,
    }

    private static readonly Dictionary<string, PresetName> Presets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["article"] = PresetName.Article,
    };

    private static readonly Dictionary<string, TokenKind> TokenKinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["char"] = TokenKind.Character,
        ["word"] = TokenKind.Word,
    };

    private static readonly Option<string?> Data = CommonOptions.Data("Tweets as CSV: id, entity, sentiment, text; the built-in sample by default");
    private static readonly Option<AcceleratorChoice?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<PresetName?> Preset = CommonOptions.Choice(
        "--preset", "Model and schedule to start from; other options override it", Presets);

    private static readonly Option<int?> Epochs = CommonOptions.Number<int>("--epochs", "Passes over the training rows");
    private static readonly Option<int?> BatchSize = CommonOptions.BatchSize();
    private static readonly Option<double?> LearningRate = CommonOptions.Number<double>("--learning-rate", "Adam's learning rate");
    private static readonly Option<int?> Embedding = CommonOptions.EmbeddingSize();
    private static readonly Option<int?> Hidden = CommonOptions.HiddenSize();
    private static readonly Option<int?> MaxLength = CommonOptions.MaxLength();
    private static readonly Option<TokenKind?> Tokens = CommonOptions.Choice("--tokens", "What a token is", TokenKinds);
    private static readonly Option<Readout?> ReadoutOption = CommonOptions.Readout();
    private static readonly Option<Precision?> PrecisionOption = CommonOptions.Choice(
        "--precision", "To what the operands of large products are rounded; other than float32 on tensor cores", PrecisionNames.All);

    private static readonly Option<uint?> Seed = CommonOptions.Number<uint>("--seed", "Seeds initial values and shuffling");
    private static readonly Option<string?> Output = new("--output") { Description = "Folder for the model; a new one under runs by default", HelpName = "folder" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace the model that is in the folder of --output" };
    private static readonly Option<bool> Profile = new("--profile") { Description = "Show where the time of a step goes, kernel by kernel" };
    private static readonly Option<int?> Limit = CommonOptions.Number<int>("--limit", "Use only the first rows that can be kept");

    public static Command Create()
    {
        var command = new Command("train", "Train a classifier and report its test accuracy")
        {
            Data, Accelerator, Threads, Preset, Epochs, BatchSize, LearningRate, Embedding, Hidden, MaxLength, Tokens, ReadoutOption, PrecisionOption, Seed,
            Output, Overwrite, Limit, Profile,
        };
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var options = Options(parsed);
        options.Check();
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var limit = parsed.GetValue(Limit);
        var (output, overwrite) = (parsed.GetValue(Output), parsed.GetValue(Overwrite));
        if (output is not null)
            RunFolder.CheckFree(output, overwrite); // before minutes are spent
        var accelerator = parsed.GetValue(Accelerator) ?? AcceleratorChoice.Auto;

        var file = parsed.GetValue(Data);
        if (file is null)
            Terminal.WriteLine("no --data given: training on the built-in sample of synthetic tweets");
        var data = PreparedData.FromFile(file ?? SampleData.Path, options.Tokens, options.MaxLength, limit);
        Terminal.WriteLine(
            $"{data.Train.Rows:N0} training and {data.Test.Rows:N0} test rows, {data.Vocabulary.Size:N0} different "
            + (options.Tokens == TokenKind.Word ? "words" : "characters"));

        using var engine = EngineFactory.Create(
            accelerator, options.Model(data.Vocabulary), options.Adam, new EngineLimits(options.BatchSize, options.MaxLength) { Threads = threads },
            options.Precision, parsed.GetValue(Profile));
        var chosen = accelerator == AcceleratorChoice.Auto ? "auto chose " : "";
        Terminal.WriteLine($"{chosen}{engine.Accelerator}: {engine.Device}");

        var config = RunConfig.Of(file ?? "sample", limit, options);
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

        Terminal.WriteLine(
            $"test accuracy {metrics.TestAccuracy:F4} (always the commoner label: {metrics.TestMajorityShare:F4}), "
            + $"test loss {metrics.TestLoss:F4}, trained in {metrics.TrainSeconds:F1} s");
        Terminal.WriteLine($"the model lies in {folder.Path}; try: dotnet run -- predict --model {folder.Path} \"what a great game\"");
        return 0;
    }

    private static TrainingOptions Options(ParseResult parsed)
    {
        var start = parsed.GetValue(Preset) == PresetName.Article ? TrainingOptions.Article : TrainingOptions.Default;
        return start with
        {
            Tokens = parsed.GetValue(Tokens) ?? start.Tokens,
            Readout = parsed.GetValue(ReadoutOption) ?? start.Readout,
            EmbeddingSize = parsed.GetValue(Embedding) ?? start.EmbeddingSize,
            HiddenSize = parsed.GetValue(Hidden) ?? start.HiddenSize,
            MaxLength = parsed.GetValue(MaxLength) ?? start.MaxLength,
            Epochs = parsed.GetValue(Epochs) ?? start.Epochs,
            BatchSize = parsed.GetValue(BatchSize) ?? start.BatchSize,
            LearningRate = parsed.GetValue(LearningRate) ?? start.LearningRate,
            Precision = parsed.GetValue(PrecisionOption) ?? start.Precision,
            Seed = parsed.GetValue(Seed) ?? start.Seed,
        };
    }

    private static string Told(RunFolder folder, int epochs) => folder.SavedEpoch is { } saved
        ? $"{saved} of {epochs} epochs done, their model is in {folder.Path}"
        : $"no epoch done, nothing was written to {folder.Path}";
}
