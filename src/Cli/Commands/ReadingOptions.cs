using System.CommandLine;
using GpuLstm.Cli.Help;
using GpuLstm.Data.Sources;

namespace GpuLstm.Cli.Commands;

/// <summary>How a file of labelled texts is read.</summary>
internal sealed class ReadingOptions
{
    private const string Recognised = "recognised";

    private static readonly Dictionary<string, char> Separators = new(StringComparer.OrdinalIgnoreCase)
    {
        ["comma"] = ',',
        ["tab"] = '\t',
        ["semicolon"] = ';',
        ["\\t"] = '\t',
    };

    private readonly Option<string?> separator =
        Text("--separator", "What separates columns: comma, tab, semicolon, or a character", "character");

    private readonly Option<string?> encoding =
        Text("--encoding", "The file's encoding, as in latin1, windows-1252, utf-16", "name", "UTF-8, or by its mark");

    private readonly Option<string?> textColumn =
        Text("--text-column", "The column of the texts, by its name or by its number from 1", "column");

    private readonly Option<string?> labelColumn = Text("--label-column", "The column of the labels, likewise", "column");

    private readonly Option<string?> groupColumn = Text(
        "--group-column", "A column whose equal values, such as a customer's, are all trained on or all tested on; or none",
        "column");

    private readonly Option<bool> skipBadRows =
        new("--skip-bad-rows") { Description = "Count rows that cannot be read and leave them out" };

    /// <summary>All of them, as they are shown.</summary>
    public Option[] All => [textColumn, labelColumn, groupColumn, separator, encoding, skipBadRows];

    /// <summary>What is given, and of the rest what <paramref name="start"/> has.</summary>
    /// <exception cref="UsageException">A value is not possible.</exception>
    public ReadOptions Read(ParseResult parsed, ReadOptions? start = null) => UsageException.Check(() =>
    {
        start ??= ReadOptions.Default;
        var options = start with
        {
            Separator = parsed.GetValue(separator) is { } given ? SeparatorOf(given) : start.Separator,
            Encoding = parsed.GetValue(encoding) ?? start.Encoding,
            TextColumn = parsed.GetValue(textColumn) ?? start.TextColumn,
            LabelColumn = parsed.GetValue(labelColumn) ?? start.LabelColumn,
            GroupColumn = parsed.GetValue(groupColumn) ?? start.GroupColumn,
            SkipBadRows = parsed.GetValue(skipBadRows) || start.SkipBadRows,
        };
        options.Check();
        return options;
    });

    private static char SeparatorOf(string given) => given.Length == 1
        ? given[0]
        : Separators.TryGetValue(given, out var named)
        ? named
        : throw new UserErrorException(
            $"{Setting.Separator} '{given}' is not one character, nor one of: comma, tab, semicolon");

    private static ProgramOption<string?> Text(
        string name, string description, string helpName, string defaultText = Recognised) =>
        new(name) { Description = description, HelpName = helpName, DefaultText = defaultText };
}
