using System.CommandLine;
using System.CommandLine.Parsing;
using GpuLstm.Cli.Commands;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Files;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Cli;

/// <summary>Reads the command line, runs the command, and turns every failure into one line and an exit code.</summary>
internal static class Application
{
    /// <summary>A command ran and failed, or a check did not hold.</summary>
    public const int Failure = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>Whoever read the output went away: 128 and the number of SIGPIPE, as shells have it.</summary>
    public const int ReaderGone = 141;

    // A change of files that is just being completed takes milliseconds.
    private static readonly TimeSpan PatienceWithFiles = TimeSpan.FromSeconds(0.05);

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Parse(args);
        if (Problem(parsed) is { } problem)
            return Fail(problem, Usage);

        using var stop = new StopSignals();
        var command = Task.Run(() => Guard(parsed, stop), CancellationToken.None);
        if (await Task.WhenAny(command, stop.Overdue) == command)
            return await command;

        // It waits for a device, a disk or a reader. What it was writing is dropped whole.
        UnfinishedFiles.DropAll(PatienceWithFiles);
        SayStopped(stop);
        Environment.Exit(stop.ExitCode);
        return stop.ExitCode;
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
        root.Directives.Clear(); // [suggest:x] ends in an exception of the library
        return root;
    }

    /// <summary>Reads a command line; nothing runs yet.</summary>
    internal static ParseResult Parse(string[] args) => Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }); // tweets begin with @

    /// <summary>Why a command line cannot be understood; null where it can.</summary>
    internal static string? Problem(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
            return null;
        var problem = parsed.UnmatchedTokens.Count > 0
            ? $"'{parsed.UnmatchedTokens[0]}' is not understood"
            : parsed.Errors[0].Message.TrimEnd('.');
        return $"{problem}; see {Path(parsed.CommandResult)}--help";
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        StandardOutput.Install();
        // Our own handlers of signals and failures.
        return await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellation);
    }

    private static async Task<int> Guard(ParseResult parsed, StopSignals stop)
    {
        try
        {
            return await Invoke(parsed, stop.Token);
        }
        catch (OperationCanceledException) when (stop.ExitCode != 0)
        {
            SayStopped(stop);
            return stop.ExitCode;
        }
        catch (ReaderGoneException)
        {
            return ReaderGone;
        }
        catch (Exception e) when (e is IUserError or DeviceException)
        {
            return Fail(OptionNames.Message(e, parsed.CommandResult.Command), Failure);
        }
        catch (OutOfMemoryException)
        {
            return Fail("out of memory; use a smaller --batch-size, --hidden, --embedding or --max-length", Failure);
        }
        catch (Exception e)
        {
            // A mistake of ours: still one line for the user, and all of it for whoever asks.
            return Fail($"unexpected {e.GetType().Name}: {e.Message}; set GPULSTM_TRACE=1 for the details", Failure, e);
        }
    }

    /// <summary>The names of a command and those above it, below the program itself.</summary>
    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)}{command.Command.Name} " : "";

    private static void SayStopped(StopSignals stop)
    {
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
