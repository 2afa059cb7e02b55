using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Files;
using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;
using Spectre.Console;

namespace GpuLstm.Cli.Commands;

/// <summary>
/// <c>evaluate</c>: what a trained model is worth on labelled tweets, by default on those that its training left out.
/// </summary>
internal static class EvaluateCommand
{
    private static readonly Dictionary<string, EvaluationPart> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["all"] = EvaluationPart.All,
        ["test"] = EvaluationPart.Test,
    };

    private static readonly Option<string> Model = CommonOptions.Model();
    private static readonly Option<string?> Data = CommonOptions.Data("the file that the model was trained on");
    private static readonly ReadingOptions Reading = new();
    private static readonly Option<EvaluationPart?> Split = CommonOptions.Choice(
        "--split", "Which rows: all of the file, or those that the model's training left out", Parts,
        "test for the file of the training, all for another");

    private static readonly Option<AcceleratorKind?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<bool> Json = CommonOptions.Json();

    public static Command Create()
    {
        var command = new ProgramCommand(
            "evaluate", "Measure a trained model on labelled texts",
            [
                new("What to measure", Model, Data, Split),
                new("How data are read, else as in the training where that fits", Reading.All),
                new("Where to compute", Accelerator, Threads), new("Output", Json),
            ],
            "evaluate --model model --data reviews.csv",
            "evaluate --model model --data others.csv --text-column comment --json");
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var folder = parsed.GetValue(Model)!;
        var model = CommonOptions.LoadModel(folder);
        var file = parsed.GetValue(Data) is { } given ? DataFile.Given(given) : DataFile.OfTraining(model.Config, folder);
        var read = HowToRead(parsed, model.Config, file);
        var data = Read(model, file, parsed.GetValue(Split), read, threads, cancellation);
        using var classifier = new TextClassifier(model, parsed.GetValue(Accelerator) ?? AcceleratorKind.Auto, threads);
        var report = classifier.Evaluate(data.Rows, cancellation);
        if (parsed.GetValue(Json))
            WriteJson(classifier, file, data, report);
        else
            Write(classifier, file, data, report, model);
        return 0;
    }

    /// <summary>
    /// The training's file, or one of its name, as in the training. Another one likewise, if nothing is said and it can be read
    /// so, perhaps without groups.
    /// </summary>
    private static ReadOptions HowToRead(ParseResult parsed, RunConfig config, DataFile file)
    {
        if (!file.IsGiven || Path.GetFileName(Path.TrimEndingDirectorySeparator(file.Path)) == config.Data)
            return Reading.Read(parsed, config.Read);
        var given = Reading.Read(parsed);
        if (given != ReadOptions.Default || file.IsStandardInput)
            return given;
        ReadOptions[] asTrained = [config.Read, config.Read with { GroupColumn = ReadOptions.NoGroup }];
        return asTrained.FirstOrDefault(options => LabelledTexts.CanRead(file.Path, options), given);
    }

    private static EvaluationData Read(
        TrainedModel model, DataFile file, EvaluationPart? part, ReadOptions read, int? threads, CancellationToken cancellation)
    {
        if (!file.IsGiven && !file.Exists)
        {
            throw new UserErrorException(
                $"the file that the model was trained on, '{file.Shown}', is not in this folder; give it, or another one, by "
                + $"--data");
        }

        var texts = file.Read(model.Vocabulary.Kind, read, model.Config.Classes, threads, cancellation);
        var data = EvaluationData.Of(model, texts, part);
        // Without a file it is the training's that is meant.
        if (!file.IsGiven && data.IsTrainingFile != true)
        {
            throw new UserErrorException(
                $"'{file.Shown}' is no longer the file that the model was trained on; give a file by --data");
        }

        return data;
    }

    private static void WriteJson(TextClassifier classifier, DataFile file, EvaluationData data, EvaluationReport report) =>
        Console.Out.WriteLine(JsonSerializer.Serialize(
            new
            {
                classifier.Accelerator,
                classifier.Device,
                File = file.Shown,
                data.Report.Shape,
                Part = CommonOptions.NameOf(Parts, data.Part),
                data.IsTrainingFile,
                report.Rows,
                data.Rows.CutRows,
                report.Loss,
                report.Accuracy,
                report.AccuracyInterval,
                report.MajorityShare,
                report.Classes,
                report.Confusion,
            },
            JsonText.Indented));

    private static void Write(
        TextClassifier classifier, DataFile file, EvaluationData data, EvaluationReport report, TrainedModel model)
    {
        var part = (data.Part, data.IsTrainingFile) switch
        {
            (EvaluationPart.Test, _) when model.Config.Limit is { } limit && limit < data.FileRows =>
                $"the {report.Rows:N0} test rows of the {limit:N0} that the training's limit took, of {data.FileRows:N0}",
            (EvaluationPart.Test, _) => $"the {report.Rows:N0} rows that the training left out, of {data.FileRows:N0}",
            (_, true) => $"all {report.Rows:N0} rows, those of the training among them",
            (_, false) => $"all {report.Rows:N0} rows; it is another file than the training's, which may hold some of them too",
            _ => $"all {report.Rows:N0} rows; whether the model was trained on them is not known",
        };
        WhatWasRead.Say(file.Shown, data.Report);
        Terminal.WriteLine($"{part}; on {classifier.Accelerator}");
        if (data.Rows.CutRows > 0)
        {
            Terminal.WriteLine(
                $"{data.Rows.CutRows:N0} of the texts are cut at {model.Options.MaxLength:N0} tokens, as in the training");
        }

        Terminal.WriteLine(
            $"accuracy {report.Accuracy:F4} (95 %: {report.AccuracyInterval.Low:F4} to {report.AccuracyInterval.High:F4}), "
            + $"loss {report.Loss:F4}");
        Terminal.WriteLine($"always the most frequent class: {report.MajorityShare:F4}");
        var table = new Table().RoundedBorder().AddColumn("label");
        foreach (var name in report.Classes)
            table.AddColumn(new TableColumn(Printable.Cell($"answer {name}")).RightAligned());
        foreach (var (name, answers) in report.Classes.Zip(report.Confusion))
            table.AddRow([Printable.Cell(name), .. answers.Select(count => $"{count:N0}")]);
        Terminal.Write(table);
    }
}
