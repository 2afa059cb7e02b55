using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>Standard output: bars and colour on a terminal, plain lines in a file or pipe.</summary>
internal static class Terminal
{
    private const int PipeWidth = 160;
    private const int RestOfBar = 36; // its description, percentage and time left
    private static bool IsBarRunning;

    /// <summary>The console of all commands.</summary>
    public static IAnsiConsole Out { get; } = Create();

    /// <summary>Characters of a line.</summary>
    public static int Width => Out.Profile.Width;

    /// <summary>True where a person watches.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && Out.Profile.Capabilities.Interactive;

    /// <summary>
    /// A plain line, without control characters; above a running bar, else just as it is, so that it can be copied.
    /// </summary>
    public static void WriteLine(string line)
    {
        if (IsBarRunning)
            Out.WriteLine(Printable.Clean(line));
        else
            Console.Out.WriteLine(Printable.Clean(line));
    }

    /// <summary>A table, or what stands for it where the lines are too short.</summary>
    public static void Write(Table table)
    {
        if (!NarrowTable.Needs(table, Out))
        {
            Out.Write(table);
            return;
        }

        foreach (var line in NarrowTable.Lines(table, Out, Width))
            WriteLine(line);
    }

    /// <summary>A line for people on standard error, which may be closed or full: there is no reader left.</summary>
    public static void Note(string line)
    {
        try
        {
            Console.Error.WriteLine(Printable.Clean(line));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Leaves a bar that is never going to end: clears its line and shows the cursor again.</summary>
    public static void Restore()
    {
        if (!IsInteractive)
            return;
        try
        {
            Out.Write(new ControlCode("\r\u001b[2K"));
            Out.Cursor.Show();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The terminal is gone.
        }
    }

    /// <summary>Runs work under a bar with the time left, which goes away with it; for an interactive terminal.</summary>
    public static T WithBar<T>(string description, Func<ProgressTask, T> work)
    {
        IsBarRunning = true;
        try
        {
            return Out.Progress()
                .AutoClear(true)
                .Columns(
                    new TaskDescriptionColumn(), new ProgressBarColumn { Width = Math.Clamp(Width - RestOfBar, 10, 40) },
                    new PercentageColumn(), new RemainingTimeColumn())
                .Start(context => work(context.AddTask(description)));
        }
        finally
        {
            IsBarRunning = false;
        }
    }

    private static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected)
            console.Profile.Width = PipeWidth; // a pipe has no width; the default of 80 would wrap tables
        return console;
    }
}
