using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Output;
using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Training;

namespace GpuLstm.Cli.Commands;

/// <summary><c>evaluate</c>: loss and accuracy of a trained model on labelled tweets.</summary>
internal static class EvaluateCommand
{
    private enum Split
    {
        All,
        Test,
    }

    private static readonly Option<string> Model = CommonOptions.Model();
    private static readonly Option<string?> Data = CommonOptions.Data("Tweets as CSV: id, entity, sentiment, text; the built-in sample by default");
    private static readonly Option<Split?> SplitOption = CommonOptions.Choice(
        "--split", "Which rows: all of the file, or the test part that the model's training left out",
        new Dictionary<string, Split>(StringComparer.OrdinalIgnoreCase) { ["all"] = Split.All, ["test"] = Split.Test });

    private static readonly Option<AcceleratorChoice?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<bool> Json = CommonOptions.Json();

    public static Command Create()
    {
        var command = new Command("evaluate", "Measure a trained model on labelled tweets") { Model, Data, SplitOption, Accelerator, Threads, Json };
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var model = CommonOptions.LoadModel(parsed.GetValue(Model)!);
        var file = parsed.GetValue(Data) ?? SampleData.Path;
        var length = model.Options.MaxLength;
        var rows = parsed.GetValue(SplitOption) == Split.Test
            ? PreparedData.TestPart(file, model.Vocabulary, length, model.Config.Limit)
            : PreparedData.AllRows(file, model.Vocabulary, length);
        using var classifier = new TextClassifier(model, parsed.GetValue(Accelerator) ?? AcceleratorChoice.Auto, threads);
        var totals = classifier.Evaluate(rows, cancellation);
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new { classifier.Accelerator, classifier.Device, totals.Rows, Loss = totals.MeanLoss, totals.Accuracy }, JsonText.Indented));
        }
        else
        {
            Terminal.WriteLine($"{totals.Rows:N0} rows on {classifier.Accelerator}: accuracy {totals.Accuracy:F4}, loss {totals.MeanLoss:F4}");
        }

        return 0;
    }
}
