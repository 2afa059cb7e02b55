using System.CommandLine;
using System.CommandLine.Invocation;
using GpuLstm.Cli.Output;

namespace GpuLstm.Cli.Help;

/// <summary>
/// The help of every command: what it does, how to call it, its options in groups with their defaults, and examples.
/// </summary>
/// <param name="root">The whole command line.</param>
internal sealed class ProgramHelp(RootCommand root) : SynchronousCommandLineAction
{
    private const int PipeWidth = 120;
    private const int MinWidth = 40;
    private const string Indent = "  ";

    public override int Invoke(ParseResult parseResult)
    {
        var width = Console.IsOutputRedirected ? PipeWidth : Math.Max(MinWidth, Console.WindowWidth - 1);
        return Write(parseResult, parseResult.InvocationConfiguration.Output, width);
    }

    /// <summary>Writes the help of the command that was given, in lines of <paramref name="width"/> characters.</summary>
    internal int Write(ParseResult parsed, TextWriter output, int width)
    {
        foreach (var line in Lines(parsed.CommandResult.Command, width))
            output.WriteLine(line);
        return 0;
    }

    /// <summary>A command and all below it.</summary>
    public static IEnumerable<Command> AllCommands(Command command) => [command, .. command.Subcommands.SelectMany(AllCommands)];

    private IEnumerable<string> Lines(Command command, int width)
    {
        List<Section> sections =
        [
            new("", [(Usage(command), "")]),
            new("Arguments", [.. command.Arguments.Select(argument => ($"{argument.Name}...", argument.Description ?? ""))]),
            new("Commands", [.. command.Subcommands.Select(below => (below.Name, below.Description ?? ""))]),
        ];
        if (command is ProgramCommand program)
            sections.AddRange(program.Groups.Select(group => new Section(group.Title, [.. group.Options.Select(Entry)])));
        sections.Add(new("Help", [.. root.Options.Where(option => command == root || option.Recursive).Select(Entry)]));

        // One column of names for all sections, so that the descriptions stand below each other.
        var names = Math.Min(
            width / 2,
            sections.Skip(1).SelectMany(section => section.Entries).Max(entry => entry.Name.Length) + 2 * Indent.Length);
        foreach (var line in WordWrap.Lines(command.Description ?? "", width))
            yield return line;
        foreach (var section in sections.Where(section => section.Entries.Count > 0))
        {
            yield return "";
            if (section.Title.Length > 0)
                yield return $"{section.Title}:";
            foreach (var line in section.Entries.SelectMany(entry => Columns(entry, names, width)))
                yield return line;
        }

        if (command is not ProgramCommand { Examples: var examples })
            yield break;
        yield return "";
        yield return "Examples:";
        foreach (var example in examples)
            yield return $"{Indent}{ProgramName.AsStarted} {example}"; // never wrapped, so that it can be copied
    }

    private string Usage(Command command)
    {
        var names = string.Join(
            ' ',
            AllCommands(root).Where(above => above != root && AllCommands(above).Contains(command)).Select(above => above.Name));
        var rest = command.Subcommands.Count > 0
            ? "<command>"
            : string.Concat(command.Arguments.Select(argument => $"[<{argument.Name}>...] ")) + "[options]";
        return $"Usage: {ProgramName.AsStarted} {names} {rest}".Replace("  ", " ", StringComparison.Ordinal);
    }

    private static (string Name, string Description) Entry(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        var value = option.HelpName is null ? "" : $" <{option.HelpName}>";
        var defaultText = option is IDefaultText { DefaultText: { } text }
            ? $" [default: {text}]"
            : option.Required
            ? " (required)"
            : "";
        return ($"{names}{value}", $"{option.Description}{defaultText}");
    }

    private static IEnumerable<string> Columns((string Name, string Description) entry, int names, int width)
    {
        if (entry.Description.Length == 0)
            return WordWrap.Lines(entry.Name, width);
        var name = $"{Indent}{entry.Name}";
        var description = WordWrap.Lines(entry.Description, width - names).ToList();
        // A name that is too long has a line to itself.
        return name.Length + Indent.Length > names
            ? [name, .. description.Select(line => new string(' ', names) + line)]
            : description.Select((line, n) => (n == 0 ? name : "").PadRight(names) + line);
    }

    /// <summary>Entries under a title.</summary>
    private sealed record Section(string Title, IReadOnlyList<(string Name, string Description)> Entries);
}
