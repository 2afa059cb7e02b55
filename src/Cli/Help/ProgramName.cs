using System.Reflection;

namespace GpuLstm.Cli.Help;

/// <summary>How the program was started, so that a command that it proposes can be typed as it stands.</summary>
internal static class ProgramName
{
    /// <summary>
    /// How the project tells of <c>dotnet run</c>, which starts the program as anybody could: by a first argument
    /// <c>[dotnet-run:CONFIGURATION:FOLDER]</c> of the configuration and the project's folder.
    /// </summary>
    private const string RunDirective = "[dotnet-run:";

    /// <summary>
    /// Such as <c>dotnet run --</c>, <c>dotnet bin/gpulstm.dll</c>, <c>./gpulstm</c> or <c>gpulstm</c>; quoted where it must be.
    /// </summary>
    public static string AsStarted { get; private set; } = OfProcess();

    /// <summary>Reads what the project tells, if it tells anything.</summary>
    /// <param name="args">All arguments.</param>
    /// <returns>Those that the user gave.</returns>
    public static string[] TakeFrom(string[] args)
    {
        if (args.Length == 0
            || !args[0].StartsWith(RunDirective, StringComparison.Ordinal)
            || args[0].Split(':', 3) is not [_, var configuration, var rest])
        {
            return args;
        }

        var folder = Path.TrimEndingDirectorySeparator(rest[..^1]);
        var choice = configuration == "Debug" ? "" : $" -c {configuration}";
        var project = folder == CurrentFolder() ? "" : $" --project {ShellQuote.Of(Shortest(folder))}";
        AsStarted = $"dotnet run{choice}{project} --";
        return args[1..];
    }

    private static string OfProcess()
    {
        var program = Environment.ProcessPath ?? "";
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            var library = $"{Assembly.GetExecutingAssembly().GetName().Name}.dll";
            return $"dotnet {ShellQuote.Of(Shortest(Path.Combine(AppContext.BaseDirectory, library)))}";
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Contains(Path.GetDirectoryName(program));
        return ShellQuote.Of(onPath ? Path.GetFileNameWithoutExtension(program) : Shortest(program));
    }

    /// <summary>The folder in which the program was started; null where it is gone.</summary>
    private static string? CurrentFolder()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Shortest(string path)
    {
        if (CurrentFolder() is not { } folder
            || Path.GetRelativePath(folder, path) is not { } relative
            || relative.Length >= path.Length)
        {
            return path;
        }

        // A shell looks for a bare name on its path alone.
        return relative.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? relative : Path.Combine(".", relative);
    }
}
