using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Data;
using GpuLstm.Files;
using GpuLstm.Options;
using GpuLstm.TweetGenerator;
using Spectre.Console;

namespace GpuLstm.Cli.Commands;

/// <summary><c>data describe</c> and <c>data synthesize</c>.</summary>
internal static class DataCommand
{
    private const int MaxRows = 10_000_000;
    private const int DefaultRows = 3000;
    private const uint DefaultSeed = 1;

    private static readonly DataOptions Data = new();
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<int?> Rows = CommonOptions.Number<int>("--rows", "Rows to write", $"{DefaultRows}");
    private static readonly Option<uint?> Seed = CommonOptions.Number<uint>("--seed", "Same seed, same file", $"{DefaultSeed}");
    private static readonly Option<string?> Output = new ProgramOption<string?>("--output", "-o")
    {
        Description = "The file to write",
        HelpName = "file",
        DefaultText = "standard output",
    };

    public static Command Create()
    {
        var describe = new ProgramCommand(
            "describe", "Show what train makes of a file of tweets with the same options",
            [
                new("Data", Data.Data, Data.Labels, Data.Limit, Data.Tokens, Data.MinCount, Data.MaxLength, Data.Preset),
                new("Output", Json),
            ],
            "data describe --data tweets.csv",
            "data describe --data tweets.csv --tokens char --max-length 140");
        describe.SetAction(Describe);
        var synthesize = new ProgramCommand(
            "synthesize", "Write synthetic tweets with a sentiment to learn",
            [new("What to write", Rows, Seed, Output)],
            "data synthesize --rows 500 --seed 7 --output tweets.csv",
            "data synthesize --rows 10");
        synthesize.SetAction((parsed, cancellation) => Task.Run(() => Synthesize(parsed, cancellation), CancellationToken.None));
        return new ProgramCommand(
            "data", "Look at data, or make some", [], "data describe", "data synthesize --rows 10") { describe, synthesize };
    }

    private static int Describe(ParseResult parsed)
    {
        var classes = Data.ReadClasses(parsed);
        var limit = Data.ReadLimit(parsed, classes);
        var options = UsageException.Check(() =>
        {
            var options = Data.Options(parsed);
            options.Check();
            return options;
        });
        var summary = DataSummary.FromFile(
            Data.File(parsed), options.Tokens, options.MaxLength, options.MinCount, limit, classes);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(summary, JsonText.Indented));
        else
            Write(summary, options);
        return 0;
    }

    private static void Write(DataSummary summary, TrainingOptions options)
    {
        var words = options.Tokens == TokenKind.Word ? "words" : "characters";
        var table = new Table().RoundedBorder().AddColumns("", "value");
        table.AddRow("rows", $"{summary.Rows:N0}");
        foreach (var (sentiment, count) in summary.Sentiments)
            table.AddRow($"  {sentiment}", $"{count:N0}");
        table.AddRow($"{And(summary.Classes)}, kept", $"{summary.KeptRows:N0}");
        table.AddRow("dropped, without text", $"{summary.DroppedRows:N0}");
        table.AddRow("training rows", $"{summary.TrainRows:N0}, {Shares(summary.Classes, summary.TrainShares)}");
        table.AddRow("test rows", $"{summary.TestRows:N0}, {Shares(summary.Classes, summary.TestShares)}");
        table.AddRow($"{words} in the vocabulary", $"{summary.VocabularySize:N0}, {Vocabulary.Unknown} among them");
        table.AddRow(
            "the first of them",
            Printable.Cell(string.Join(", ", summary.VocabularyHead.Select(entry => $"'{entry.Token}' {entry.Index}"))));
        table.AddRow(
            $"{words} outside it",
            $"{summary.TrainUnknownShare:P2} of the training rows', {summary.TestUnknownShare:P2} of the test rows'");
        var lengths = summary.Lengths;
        table.AddRow("training text length, mean ± std", $"{lengths.Mean:F6} ± {lengths.Std:F6} {words}");
        table.AddRow("min, quartiles, max", $"{lengths.Min} | {lengths.P25} | {lengths.P50} | {lengths.P75} | {lengths.Max}");
        table.AddRow(
            $"cut at {options.MaxLength:N0} {words}",
            $"{summary.TrainCutRows:N0} training rows, {summary.TestCutRows:N0} test rows");
        Terminal.Write(table);
    }

    private static string And(IReadOnlyList<string> names) =>
        $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    // Of two classes one share says all.
    private static string Shares(IReadOnlyList<string> classes, IReadOnlyList<double> shares) => string.Join(
        ", ",
        shares.Select((share, label) => $"{share:P2} with label {label} ({classes[label]})").Skip(classes.Count == 2 ? 1 : 0));

    private static int Synthesize(ParseResult parsed, CancellationToken cancellation)
    {
        var rows = UsageException.Check(() => parsed.GetValue(Rows) switch
        {
            null => DefaultRows,
            { } given and >= 1 and <= MaxRows => given,
            { } given => throw new UserErrorException($"--rows {given} is out of range: give a whole number from 1 to {MaxRows}"),
        });
        var seed = parsed.GetValue(Seed) ?? DefaultSeed;
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
