using System.CommandLine;
using System.CommandLine.Parsing;
using GpuLstm.Cli.Commands;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Cli;

/// <summary>Reads the command line, runs the command, and turns every failure into one line and an exit code.</summary>
internal static class Application
{
    /// <summary>A command ran and failed, or a check did not hold.</summary>
    public const int Failure = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM, as shells number it.</summary>
    public const int Cancelled = 130;

    public static async Task<int> RunAsync(string[] args)
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

        // Tweets begin with @: no response files.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            var problem = parsed.UnmatchedTokens.Count > 0
                ? $"'{parsed.UnmatchedTokens[0]}' is not understood"
                : parsed.Errors[0].Message.TrimEnd('.').ReplaceLineEndings(" ");
            return Fail($"{problem}; see {Path(parsed.CommandResult)}--help", Usage);
        }

        try
        {
            // Our own handler below; and time for a stopping command to finish the file it is writing.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
            });
        }
        catch (OperationCanceledException)
        {
            return Fail("stopped", Cancelled);
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
            return Fail($"unexpected {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}; set GPULSTM_TRACE=1 for the details", Failure, e);
        }
    }

    /// <summary>The names of a command and those above it, below the program itself.</summary>
    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)}{command.Command.Name} " : "";

    private static int Fail(string message, int exitCode, Exception? unexpected = null)
    {
        Console.Error.WriteLine($"error: {message.ReplaceLineEndings(" ")}"); // a path may hold anything
        if (unexpected is not null && Environment.GetEnvironmentVariable("GPULSTM_TRACE") == "1")
            Console.Error.WriteLine(unexpected);
        return exitCode;
    }
}
