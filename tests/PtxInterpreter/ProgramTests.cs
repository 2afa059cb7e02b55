using GpuLstm.Tests.Cli;

namespace GpuLstm.Tests.PtxInterpreter;

/// <summary>The program itself on the interpreter, found as CUDA's driver.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly string[] Training =
        ["train", "--limit", "64", "--batch-size", "16", "--hidden", "5", "--embedding", "4", "--max-length", "12", "--epochs", "2", "--seed", "5"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>The kernels for GPUs train as those for processors do, on devices of each generation.</summary>
    [SkippableTheory]
    [InlineData("75")]
    [InlineData("80")]
    [InlineData("90")]
    public void Trains_as_the_simulator_does(string architecture)
    {
        var cuda = Run(("PTX_DRIVER_ARCHITECTURE", architecture), [.. Training, "--accelerator", "cuda", "--output", folder["cuda"]]);
        Assert.True(cuda.ExitCode == 0, cuda.Error);
        Assert.Contains("cuda: PTX interpreter", cuda.Output, StringComparison.Ordinal);
        var simulator = CliProcess.Run([.. Training, "--accelerator", "simulator", "--output", folder["simulator"]]);
        Assert.Equal(Losses(simulator), Losses(cuda));
    }

    [SkippableFact]
    public void Says_what_to_do_when_the_memory_does_not_suffice()
    {
        var result = Run(("PTX_DRIVER_MEMORY", "100000"), [.. Training, "--accelerator", "cuda", "--output", folder["run"]]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: PTX interpreter is out of memory", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("use a smaller --batch-size, --hidden, --embedding or --max-length", result.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Reports_what_the_kernels_did()
    {
        var report = folder["report.md"];
        Assert.Equal(0, Run(("PTX_DRIVER_REPORT", report), [.. Training, "--accelerator", "cuda", "--output", folder["run"]]).ExitCode);
        var row = Assert.Single(File.ReadAllLines(report), line => line.StartsWith("| Kernel_TileForwardKernel |", StringComparison.Ordinal));
        Assert.All(row.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1..], (cell, n) => Assert.True(long.Parse(cell) > 0 || n == 6, row));
    }

    private static CliResult Run((string Name, string Value) setting, string[] arguments)
    {
        InterpreterLibrary.SkipIfAbsent();
        return CliProcess.RunWith(
            new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = InterpreterLibrary.Folder, [setting.Name] = setting.Value }, arguments);
    }

    // What the program printed of its epochs, but for the times.
    private static IEnumerable<string> Losses(CliResult result) => result.Output.Split('\n')
        .Where(line => line.StartsWith("epoch", StringComparison.Ordinal))
        .Select(line => line[..line.IndexOf(" s ", StringComparison.Ordinal)])
        .Select(line => line[..line.LastIndexOf("  ", StringComparison.Ordinal)]);
}
