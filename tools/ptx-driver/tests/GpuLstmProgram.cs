using System.Diagnostics;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>What a run of the program did.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>The program as <c>dotnet build</c> makes it in the repository, which must have been done.</summary>
internal static class GpuLstmProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10); // it may have to wait for the processor

    private static readonly Lazy<string> File = new(Find);

    /// <summary>Runs it, with variables of the environment.</summary>
    public static ProgramResult Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [File.Value, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.True(process.WaitForExit(Limit), "the program did not end");
        return new ProgramResult(process.ExitCode, output.Result, error.Result);
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "GpuLstm.sln")))
            folder = folder.Parent!;
        var program = Path.Combine(folder.FullName, "bin", "Debug", "net10.0", "gpulstm.dll");
        return System.IO.File.Exists(program)
            ? program
            : throw new InvalidOperationException($"'{program}' is not there; run dotnet build in '{folder.FullName}' first");
    }
}
