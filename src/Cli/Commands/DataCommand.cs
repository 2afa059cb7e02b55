using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Data;
using GpuLstm.Files;
using Spectre.Console;

namespace GpuLstm.Cli.Commands;

/// <summary><c>data describe</c> and <c>data synthesize</c>.</summary>
internal static class DataCommand
{
    private static readonly Option<string?> Data = CommonOptions.Data("Tweets as CSV: id, entity, sentiment, text; the built-in sample by default");
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<int?> Rows = CommonOptions.Number<int>("--rows", "Rows to write, 3000 by default");
    private static readonly Option<uint?> Seed = CommonOptions.Number<uint>("--seed", "Same seed, same file; 1 by default");
    private static readonly Option<string?> Output = new("--output") { Description = "The file to write; standard output by default", HelpName = "file" };

    public static Command Create()
    {
        var describe = new Command("describe", "Show what the pipeline makes of a file of tweets") { Data, Json };
        describe.SetAction(Describe);
        var synthesize = new Command("synthesize", "Write synthetic tweets with a sentiment to learn") { Rows, Seed, Output };
        synthesize.SetAction((parsed, cancellation) => Task.Run(() => Synthesize(parsed, cancellation), CancellationToken.None));
        return new Command("data", "Look at data, or make some") { describe, synthesize };
    }

    private static int Describe(ParseResult parsed)
    {
        var summary = DataSummary.FromFile(parsed.GetValue(Data) ?? SampleData.Path);
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(summary, JsonText.Indented));
            return 0;
        }

        var table = new Table().RoundedBorder().AddColumns("", "value");
        table.AddRow("rows", $"{summary.Rows:N0}");
        foreach (var (sentiment, count) in summary.Sentiments)
            table.AddRow($"  {sentiment}", $"{count:N0}");
        table.AddRow("Positive and Negative, kept", $"{summary.KeptRows:N0}");
        table.AddRow("dropped, without text", $"{summary.DroppedRows:N0}");
        table.AddRow("training rows", $"{summary.TrainRows:N0}, {summary.TrainPositiveLabelShare:P2} with label 1 (Negative)");
        table.AddRow("test rows", $"{summary.TestRows:N0}, {summary.TestPositiveLabelShare:P2} with label 1 (Negative)");
        table.AddRow("characters in the vocabulary", $"{summary.VocabularySize:N0}");
        table.AddRow("the first of them", Printable.Cell(string.Join(", ", summary.VocabularyHead.Select(entry => $"'{entry.Token}' {entry.Index}"))));
        var lengths = summary.Lengths;
        table.AddRow("training text length, mean ± std", $"{lengths.Mean:F6} ± {lengths.Std:F6} characters");
        table.AddRow("min, quartiles, max", $"{lengths.Min} | {lengths.P25} | {lengths.P50} | {lengths.P75} | {lengths.Max}");
        Terminal.Out.Write(table);
        return 0;
    }

    private static int Synthesize(ParseResult parsed, CancellationToken cancellation)
    {
        var rows = parsed.GetValue(Rows) ?? 3000;
        if (rows is < 1 or > 10_000_000)
            throw new UserErrorException($"--rows {rows} is out of range: give a whole number from 1 to 10000000");
        var seed = parsed.GetValue(Seed) ?? 1;
        if (parsed.GetValue(Output) is { } file)
        {
            AtomicFile.Write(file, stream => TweetSynthesizer.Write(stream, rows, seed, cancellation));
        }
        else
        {
            using var stream = StandardOutput.Open();
            TweetSynthesizer.Write(stream, rows, seed, cancellation);
        }

        return 0;
    }
}
