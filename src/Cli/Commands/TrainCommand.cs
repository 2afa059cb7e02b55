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
using GpuLstm.Parameters;
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
    private static readonly DropoutRates Dropout = new();
    private static readonly InitialValueOptions Start = new();
    private static readonly FeatureOptions Features = new();

    private static readonly Option<int?> Embedding = CommonOptions.EmbeddingSize(TrainingOptions.Default.EmbeddingSize);
    private static readonly Option<int?> Hidden = CommonOptions.HiddenSize(TrainingOptions.Default.HiddenSize);
    private static readonly Option<int?> Layers = CommonOptions.Layers();
    private static readonly Option<bool> Bidirectional = CommonOptions.Bidirectional();
    private static readonly Option<TextLengths?> LengthsOption = CommonOptions.Lengths();
    private static readonly Option<Readout?> ReadoutOption = CommonOptions.Readout();
    private static readonly Option<Precision?> PrecisionOption = CommonOptions.Choice(
        "--precision", "To what the operands of large products are rounded; other than float32 on tensor cores",
        PrecisionNames.All,
        PrecisionNames.Of(TrainingOptions.Default.Precision));

    private static readonly Option<uint?> Seed = CommonOptions.Number<uint>(
        "--seed", "Seeds initial values, shuffling and dropout", $"{TrainingOptions.Default.Seed}");

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

    private static readonly Option<string?> Resume = new ProgramOption<string?>("--resume")
    {
        Description =
            "Go on with the training in this folder, to the bits of one that was never stopped; more --epochs may be given",
        HelpName = "folder",
        DefaultText = "a new training",
    };

    private static readonly Option<int?> CheckpointEvery = CommonOptions.Number<int>(
        "--checkpoint-every", "Steps between two checkpoints within an epoch", "a checkpoint after each epoch");

    private static readonly Option<bool> DropState = new("--drop-state")
    {
        Description = "Delete the state of the training at its end; it cannot be made longer then",
    };

    private static readonly Option<bool> Summary = new("--summary")
    {
        Description = "Show the model's modules, parameters, memory and operations, and do not train",
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
                new("Data", Data.Data, Data.Labels, Data.Limit, Data.Tokens, Data.MinCount, Data.MaxLength),
                new("How data are read", Data.Reading.All),
                new("Model", Data.Preset, Embedding, Hidden, Layers, Bidirectional, LengthsOption, ReadoutOption, Summary),
                new("Schedule", Epochs, BatchSize, Seed),
                new("Optimizer", Optimizer.All),
                new("Features of tokens", Features.All),
                new("Dropout", Dropout.All),
                new("Initial values", Start.All),
                new("Where to compute", Accelerator, Threads, PrecisionOption, Profile),
                new("Output", Output, Overwrite),
                new("Checkpoints", CheckpointEvery, DropState, Resume),
            ],
            "train --data tweets.csv --accelerator opencl --output model",
            "train --data tweets.csv --preset article --epochs 20");
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.Validators.Add(result =>
        {
            Option[] ofNewOnes = [Output, Overwrite, Data.Preset];
            if (result.GetResult(Resume) is not null
                && ofNewOnes.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } option)
            {
                result.AddError($"{option.Name} does not go with {Resume.Name}, which goes on in its folder as it began");
            }
        });
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var resumed = parsed.GetValue(Resume) is { } path ? RunFolder.Resume(path) : null;
        using var resumedFolder = resumed?.Folder;
        var accelerator = parsed.GetValue(Accelerator)
            ?? (resumed is null ? AcceleratorKind.Auto : CommonOptions.AcceleratorNamed(resumed.State.Position.Accelerator));
        var labels = Data.ReadLabels(parsed) ?? resumed?.Model.Config.Classes;
        var read = Data.Reading.Read(parsed, resumed?.Model.Config.Read);
        var options = UsageException.Check(() => Options(parsed, accelerator, labels, resumed?.Model.Config.Training));
        var checkpoints = UsageException.Check(() => Checkpoints(parsed));
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var limit = Data.ReadLimit(parsed, labels) ?? resumed?.Model.Config.Limit;
        var (output, overwrite) = (parsed.GetValue(Output), parsed.GetValue(Overwrite));
        if (output is not null)
            RunFolder.CheckFree(output, overwrite); // before minutes are spent
        resumed?.RequireSame(options, limit, read);

        var file = File(parsed, resumed);
        var texts = file.Read(options.Tokens, read, labels, threads, cancellation);
        WhatWasRead.Say(file.Shown, texts.Report);
        var data = PreparedData.Of(texts, options.MaxLength, options.MinCount, limit);
        resumed?.Continue(options, data, file.Shown);
        options.StartSchedule((data.Train.Rows + options.BatchSize - 1) / options.BatchSize); // refused before a device is opened
        Say(data, options);
        var vectors = resumed is null ? Vectors(options, data.Vocabulary, cancellation) : null;
        var model = options.Model(data);
        var summary = ModelSummary.Of(model, options.OptimizerFor(data), options.BatchSize);
        if (parsed.GetValue(Summary))
        {
            ShownSummary.Write(summary);
            return 0;
        }

        Terminal.WriteLine(ShownSummary.Line(summary));
        using var engine = EngineFactory.Create(
            accelerator, model, options.OptimizerFor(data),
            new EngineLimits(options.BatchSize, options.MaxLength) { Threads = threads },
            options.Precision, parsed.GetValue(Profile));
        var chosen = accelerator == AcceleratorKind.Auto ? "auto chose " : "";
        Terminal.WriteLine($"{chosen}{engine.Accelerator}: {engine.Device}");
        if (resumed is not null)
            Say(resumed, engine, options);

        var config = RunConfig.Of(
            file == DataFile.Sample ? SampleData.Name : data.Name, data.Sha256, limit, options, data.Classes, data.Options);
        using var newFolder = resumed is not null
            ? null
            : output is null
            ? RunFolder.CreateFresh("runs", config, data.Vocabulary)
            : RunFolder.Create(output, config, data.Vocabulary, overwrite);
        var folder = resumed?.Folder ?? newFolder!;
        WorkDone.TellBy(() => Told(folder, options.Epochs, checkpoints.CheckpointEvery, file));
        ProfilingObserver? profiling = null;
        var metrics = TrainingProgress.Show(options.Epochs, observer =>
        {
            if (parsed.GetValue(Profile))
                observer = profiling = new ProfilingObserver((IProfiledEngine)engine, observer);
            return Trainer.Run(options, data, engine, folder, observer, cancellation, checkpoints, resumed?.State, vectors);
        });
        if (profiling?.Profile is { } profile)
            ProfileReport.Write(profile);
        else if (profiling is not null && options.Epochs > 0)
        {
            Terminal.Note(
                "note: no profile, because the first step compiles the kernels, and too few came after it; train for more "
                + "epochs");
        }

        Terminal.WriteLine(
            $"test accuracy {metrics.TestAccuracy:F4} (95 %: {metrics.TestAccuracyInterval.Low:F4} to "
            + $"{metrics.TestAccuracyInterval.High:F4}; "
            + $"always the most frequent label: {metrics.TestMajorityShare:F4})");
        Terminal.WriteLine($"test loss {metrics.TestLoss:F4}, trained in {metrics.TrainSeconds:F1} s");
        Terminal.WriteLine($"the model is in {folder.Path}; try:");
        Terminal.WriteLine($"{ProgramName.AsStarted} predict --model {ShellQuote.Of(folder.Path)} {ShellQuote.Of(ExampleText)}");
        return 0;
    }

    private static DataFile File(ParseResult parsed, ResumedRun? resumed)
    {
        if (parsed.GetValue(Data.Data) is { } given)
            return DataFile.Given(given);
        if (resumed is null)
        {
            Terminal.WriteLine("no --data given: training on the built-in sample of synthetic tweets");
            return DataFile.Sample;
        }

        var file = DataFile.OfTraining(resumed.Model.Config, resumed.Folder.Path);
        if (!file.Exists)
        {
            throw new UserErrorException(
                $"the file that the training began with, '{file.Shown}', is not in this folder; say where it is by --data");
        }

        return file;
    }

    private static void Say(ResumedRun resumed, ITrainingEngine engine, TrainingOptions options)
    {
        var position = resumed.State.Position;
        Terminal.WriteLine(
            $"going on with {resumed.Folder.Path}: {position.Epoch} of {options.Epochs} epochs and {position.Batch} further "
            + $"batches are done");
        if ((position.Accelerator, position.Device) != (engine.Accelerator, engine.Arithmetic))
        {
            Terminal.Note(
                $"note: so far it ran on {position.Accelerator}: {position.Device}; the last bits of the model may differ from "
                + $"those of a training that stays there");
        }
    }

    private static CheckpointOptions Checkpoints(ParseResult parsed)
    {
        var checkpoints = new CheckpointOptions
        {
            CheckpointEvery = parsed.GetValue(CheckpointEvery),
            DropState = parsed.GetValue(DropState),
        };
        checkpoints.Check();
        return checkpoints;
    }

    private static WordVectors? Vectors(TrainingOptions options, Vocabulary vocabulary, CancellationToken cancellation)
    {
        if (options.Vectors is not { } path)
            return null;
        var vectors = ShownProgress.Show(
            "reading", path, progress => WordVectors.Read(path, vocabulary, options.EmbeddingSize, progress, cancellation));
        Terminal.WriteLine(
            $"vectors of {vectors.Size} numbers for {vectors.Found:N0} of {vectors.Tokens:N0} tokens "
            + $"({(double)vectors.Found / vectors.Tokens:P1}) from {path}");
        return vectors;
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

    private static TrainingOptions Options(
        ParseResult parsed, AcceleratorKind accelerator, IReadOnlyList<string>? labels, TrainingOptions? resumed)
    {
        var data = Features.Options(parsed, Data.Options(parsed, resumed));
        var start = Start.Options(parsed, Dropout.Options(parsed, Optimizer.Options(parsed, data)));
        var options = start with
        {
            Lengths = parsed.GetValue(LengthsOption) ?? start.Lengths,
            Readout = parsed.GetValue(ReadoutOption) ?? start.Readout,
            EmbeddingSize = Start.EmbeddingSize(parsed, parsed.GetValue(Embedding)) ?? start.EmbeddingSize,
            HiddenSize = parsed.GetValue(Hidden) ?? start.HiddenSize,
            Layers = parsed.GetValue(Layers) ?? start.Layers,
            Bidirectional = parsed.GetValue(Bidirectional) || start.Bidirectional,
            Epochs = parsed.GetValue(Epochs) ?? start.Epochs,
            BatchSize = parsed.GetValue(BatchSize) ?? start.BatchSize,
            Precision = parsed.GetValue(PrecisionOption) ?? start.Precision,
            Seed = parsed.GetValue(Seed) ?? start.Seed,
        };
        options.Check();
        if (labels is not null && !labels.SequenceEqual(LabelledTexts.AllLabels))
            options.CheckClassWeights(labels.Count);
        // With the least vocabulary there is: what does not fit so does not fit whatever the data are.
        var model = options.Model(embeddingRows: 2);
        new EngineLimits(options.BatchSize, options.MaxLength).Check(model);
        EngineFactory.Check(accelerator, options.Precision, model, parsed.GetValue(Profile));
        return options;
    }

    private static string Told(RunFolder folder, int epochs, int? checkpointEvery, DataFile file)
    {
        if (!folder.HasCheckpoint)
            return $"no epoch done, nothing was written to {folder.Path}";
        var done = folder.SavedEpoch is { } saved
            ? $"{saved.Epoch} of {epochs} epochs done, the last with loss {saved.TrainLoss:F4} and accuracy "
                + $"{saved.TrainAccuracy:F4}; the last checkpoint is in {folder.Path}"
            : $"no epoch done; its first steps are in {folder.Path}";
        var every = checkpointEvery is { } steps ? $" --checkpoint-every {steps}" : "";
        var data = file.IsGiven ? $" --data {ShellQuote.Of(file.Path)}" : ""; // a model does not keep a path
        return $"{done}; go on with train --resume {ShellQuote.Of(folder.Path)}{every}{data}";
    }
}
