using System.Diagnostics;
using System.Text.Json;

namespace GpuLstm.Tests.Cli;

/// <summary>What a run of the program did.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CliResult(int ExitCode, string Output, string Error);

/// <summary>Runs the program as a user does, in a process of its own.</summary>
internal static class CliProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static CliResult Run(params string[] arguments) => RunWithInput("", arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static CliResult RunWith(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Finish(Start(environment, arguments), "");

    /// <summary>The standard output of a run that must end with exit code 0 and say nothing on standard error.</summary>
    public static string Succeeds(params string[] arguments)
    {
        var result = Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Equal("", result.Error);
        return result.Output;
    }

    /// <summary>The standard error of a run that must end with exit code 1 and print nothing on standard output.</summary>
    public static string Fails(params string[] arguments)
    {
        var result = Run(arguments);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        return result.Error;
    }

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    public static CliResult RunWithInput(string input, params string[] arguments) => Finish(Start(arguments), input);

    public static Process Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <summary>
    /// Runs it by a shell, for redirections that .NET has not: <c>$0</c> stands for the program, the arguments follow as
    /// <c>$1</c> and so on.
    /// </summary>
    public static CliResult RunInShell(string line, params string[] arguments) => Finish(StartInShell(line, arguments), "");

    /// <summary>Starts it so.</summary>
    public static Process StartInShell(string line, params string[] arguments) =>
        Process.Start(Redirected("bash", ["-c", line, $"dotnet {Program}", .. arguments]))!;

    private static CliResult Finish(Process started, string input)
    {
        using var process = started;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(Limit), "the program did not end");
        return new CliResult(process.ExitCode, output.Result, error.Result);
    }

    private static Process Start(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = Redirected("dotnet", [Program, .. arguments]);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "gpulstm.dll");

    private static ProcessStartInfo Redirected(string program, string[] arguments) => new(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = Path.GetTempPath(),
    };
}
