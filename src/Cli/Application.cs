using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using GpuLstm.Cli.Commands;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Files;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Cli;

/// <summary>Reads the command line, runs the command, and turns every failure into one line and an exit code.</summary>
internal static partial class Application
{
    // A change of files that is just being completed takes milliseconds.
    private static readonly TimeSpan PatienceWithFiles = TimeSpan.FromSeconds(0.05);

    // Standard error may be a pipe that is full.
    private static readonly TimeSpan PatienceWithReaders = TimeSpan.FromSeconds(0.1);

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Parse(ProgramName.TakeFrom(args));
        if (Problem(parsed) is { } problem)
            return Fail(problem, ExitCode.Usage);

        using var stop = new StopSignals(Leave);
        return await Task.Run(() => Guard(parsed, stop), CancellationToken.None);
    }

    internal static RootCommand Root { get; } = CreateRoot();

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Trains LSTM text classifiers with hand-written GPU kernels: CUDA, OpenCL or CPU.")
        {
            DevicesCommand.Create(),
            DataCommand.Create(),
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            VerifyCommand.Create(),
            BenchmarkCommand.Create(),
        };
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h") { Action = new ProgramHelp(root) }); // not /h, which may be a text
        foreach (var command in ProgramHelp.AllCommands(root).Where(command => command.Subcommands.Count > 0))
            command.Action = new ProgramHelp(root);
        return root;
    }

    /// <summary>Reads a command line; nothing runs yet.</summary>
    internal static ParseResult Parse(string[] args)
    {
        Root.Directives.Clear();
        // As shells ask: with a line in one argument. Anything else may end in an exception of the library.
        if (args.Length == 2 && SuggestDirective().IsMatch(args[0]) && !args[1].StartsWith('['))
            Root.Directives.Add(new SuggestDirective());
        // tweets begin with @
        return Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
    }

    /// <summary>Why a command line cannot be understood; null where it can.</summary>
    internal static string? Problem(ParseResult parsed)
    {
        if (Root.Directives.Count > 0 || (parsed.Action is ProgramHelp && parsed.CommandResult.Command.Subcommands.Count == 0))
            return null;
        if (UnknownName(parsed) is { } unknown)
            return $"{unknown}; see {Path(parsed.CommandResult)}--help";
        return parsed.Errors.Count == 0
            ? null
            : $"{parsed.Errors[0].Message.TrimEnd('.')}; see {Path(parsed.CommandResult)}--help";
    }

    /// <summary>
    /// An option or a command that there is not, with the nearest that there is. The library would take an option as a text, or
    /// as another one's value.
    /// </summary>
    private static string? UnknownName(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] names =
        [
            .. command.Options.Concat(Root.Options.Where(known => known.Recursive || command == Root))
                .SelectMany(known => known.Aliases.Append(known.Name)),
        ];
        var option = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument)
            .Select(token => token.Value.Split('=')[0])
            .FirstOrDefault(IsMeantAsOption);
        if (option is not null)
        {
            if (names.Contains(option))
                return $"'{option}' stands behind the command: {Path(parsed.CommandResult)}{option}";
            var nearest = NearestName.Of(option, names);
            var texts = command.Arguments.Count > 0 ? "; texts that begin so stand behind --" : "";
            return $"there is no option '{option}'{(nearest is null ? "" : $"; did you mean {nearest}?")}{texts}";
        }

        if (parsed.UnmatchedTokens.Count == 0)
            return null;
        var word = NearestName.Of(parsed.UnmatchedTokens[0], command.Subcommands.Select(known => known.Name));
        return $"'{parsed.UnmatchedTokens[0]}' is not understood{(word is null ? "" : $"; did you mean {word}?")}";

        // A text may begin with one dash, unless it comes near an option.
        bool IsMeantAsOption(string text) =>
            OptionName().IsMatch(text)
                || (
                    WordWithDash().IsMatch(text)
                        && (command.Arguments.Count == 0 || NearestName.Of($"-{text}", names) is not null));
    }

    [GeneratedRegex(
        "^(--.*|-[A-Za-z])$", RegexOptions.ExplicitCapture | RegexOptions.Singleline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex OptionName();

    [GeneratedRegex(@"^-[A-Za-z][A-Za-z-]*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex WordWithDash();

    [GeneratedRegex(@"^\[suggest(:[0-9]{1,9})?\]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SuggestDirective();

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        StandardOutput.Install();
        // Our own handlers of signals and failures.
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }, cancellation);
    }

    private static async Task<int> Guard(ParseResult parsed, StopSignals stop)
    {
        try
        {
            return await Invoke(parsed, stop.Token);
        }
        catch (Exception) when (stop.IsTold)
        {
            return stop.ExitCode; // left behind: its files were taken from it
        }
        catch (Exception e) when (stop.ExitCode != 0 && e is OperationCanceledException or ReaderGoneException)
        {
            SayStopped(stop);
            return stop.ExitCode;
        }
        catch (ReaderGoneException)
        {
            return ExitCode.ReaderGone;
        }
        catch (UsageException e)
        {
            return Fail(
                $"{OptionNames.Message(e.Cause, parsed.CommandResult.Command)}; see {Path(parsed.CommandResult)}--help",
                ExitCode.Usage);
        }
        catch (Exception e) when (e is IUserError or DeviceException)
        {
            return Fail(OptionNames.Message(e, parsed.CommandResult.Command), ExitCode.Failure);
        }
        catch (OutOfMemoryException)
        {
            return Fail(
                "out of memory; give the program less at once: fewer rows, smaller batches or a smaller model", ExitCode.Failure);
        }
        catch (Exception e)
        {
            // A mistake of ours: still one line for the user, and all of it for those who ask.
            return Fail($"unexpected {e.GetType().Name}: {e.Message}; set GPULSTM_TRACE=1 for the details", ExitCode.Failure, e);
        }
    }

    /// <summary>The names of a command and those above it, below the program itself.</summary>
    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)}{command.Command.Name} " : "";

    /// <summary>
    /// Ends the process though the command has not ended: it waits for a device, a disk or a reader. What it was writing is
    /// dropped whole.
    /// </summary>
    private static void Leave(StopSignals stop)
    {
        UnfinishedFiles.DropAll(PatienceWithFiles);
        var telling = new Thread(() => SayStopped(stop)) { IsBackground = true };
        telling.Start();
        telling.Join(PatienceWithReaders);
        Environment.Exit(stop.ExitCode);
    }

    private static void SayStopped(StopSignals stop)
    {
        if (!stop.TryTell())
            return; // the command ended just when it was left behind
        var done = WorkDone.Tell();
        Terminal.Restore();
        Terminal.Note($"stopped by {stop.Name}{(done.Length > 0 ? $": {done}" : "")}");
    }

    private static int Fail(string message, int exitCode, Exception? unexpected = null)
    {
        Terminal.Note($"error: {message}");
        if (unexpected is not null && Environment.GetEnvironmentVariable("GPULSTM_TRACE") == "1")
            Console.Error.WriteLine(unexpected);
        return exitCode;
    }
}
