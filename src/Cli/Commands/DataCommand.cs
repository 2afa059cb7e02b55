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
    private const int MaxLabels = 20;

    private static readonly DataOptions Data = new();
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<int?> Threads = CommonOptions.Number<int>(
        "--threads", "Threads of reading; no result depends on it", $"{Environment.ProcessorCount}, one a core");

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
            "describe", "Show what train makes of labelled texts with the same options",
            [
                new("Data", Data.Data, Data.Labels, Data.Limit, Data.Tokens, Data.MinCount, Data.MaxLength, Data.Preset),
                new("How data are read", [.. Data.Reading.All, Threads]),
                new("Output", Json),
            ],
            "data describe --data reviews.csv",
            "data describe --data tickets.tsv --text-column body --label-column queue");
        describe.SetAction((parsed, cancellation) => Task.Run(() => Describe(parsed, cancellation), CancellationToken.None));
        var synthesize = new ProgramCommand(
            "synthesize", "Write synthetic tweets with a sentiment to learn",
            [new("What to write", Rows, Seed, Output)],
            "data synthesize --rows 500 --seed 7 --output tweets.csv",
            "data synthesize --rows 10");
        synthesize.SetAction((parsed, cancellation) => Task.Run(() => Synthesize(parsed, cancellation), CancellationToken.None));
        return new ProgramCommand(
            "data", "Look at data, or make some", [], "data describe", "data synthesize --rows 10") { describe, synthesize };
    }

    private static int Describe(ParseResult parsed, CancellationToken cancellation)
    {
        var labels = Data.ReadLabels(parsed);
        var limit = Data.ReadLimit(parsed, labels);
        var read = Data.Reading.Read(parsed);
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var options = UsageException.Check(() =>
        {
            var options = Data.Options(parsed);
            options.Check();
            return options;
        });
        var file = Data.File(parsed);
        var texts = file.Read(options.Tokens, read, labels, threads, cancellation);
        var summary = ShownProgress.Show(
            "comparing texts", file.Shown,
            progress => DataSummary.Of(texts, options.MaxLength, options.MinCount, limit, progress, cancellation));
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
        table.AddRow("read as", Printable.Cell(summary.Shape));
        if (summary.Columns.Count > 0)
            table.AddRow("columns", Printable.Cell(string.Join(", ", summary.Columns)));
        table.AddRow("rows", $"{summary.Rows:N0}");
        foreach (var (label, count) in summary.Labels.Take(MaxLabels))
            table.AddRow($"  {Printable.Cell(label)}", $"{count:N0}, {(double)count / summary.Rows:P2}");
        if (summary.Labels.Count > MaxLabels)
            table.AddRow("  …", $"{summary.Labels.Count - MaxLabels:N0} further labels");
        foreach (var bad in summary.BadRows)
            table.AddRow("left out", Printable.Cell(WhatWasRead.Bad(bad)));
        table.AddRow($"{Printable.Cell(And(summary.Classes))}, kept", $"{summary.KeptRows:N0}");
        table.AddRow("dropped, without text", $"{summary.DroppedRows:N0}");
        if (summary.EmptyLabels > 0)
            table.AddRow("dropped, without label", $"{summary.EmptyLabels:N0}");
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
        var duplicates = summary.Duplicates;
        table.AddRow(
            "copies of an earlier row's text",
            $"{duplicates.Copies:N0}; {duplicates.Contradictions:N0} rows have a text that has another label elsewhere");
        table.AddRow("rows with nearly the same text as another", $"{duplicates.NearCopies:N0}");
        table.AddRow(
            "test rows whose text is trained on",
            $"{duplicates.TestCopies:N0}, {Share(duplicates.TestCopies)}; with nearly the same ones "
            + $"{duplicates.NearTestCopies:N0}, {Share(duplicates.NearTestCopies)}");
        Terminal.Write(table);

        string Share(int rows) => $"{(double)rows / Math.Max(1, summary.TestRows):P2}";
    }

    private static string And(IReadOnlyList<string> names) => names.Count > MaxLabels
        ? $"{names.Count:N0} classes"
        : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";

    // Of two classes one share says all.
    private static string Shares(IReadOnlyList<string> classes, IReadOnlyList<double> shares) => string.Join(
        ", ",
        shares.Select((share, label) => $"{share:P2} with label {label} ({Printable.Cell(classes[label])})")
            .Take(MaxLabels)
            .Skip(classes.Count == 2 ? 1 : 0));

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
