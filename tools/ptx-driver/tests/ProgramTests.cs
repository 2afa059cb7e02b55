using System.Security.Cryptography;
using System.Text;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>The program itself on the interpreter, found as CUDA's driver.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly string[] Training =
        [
            "train", "--limit", "64", "--batch-size", "16", "--hidden", "5", "--embedding", "4", "--max-length", "12", "--epochs",
            "2", "--seed", "5",
        ];

    private static readonly Lazy<IReadOnlyList<string>> LossesOfSimulator = new(
        () =>
        {
            using var own = new TemporaryFolder();
            return Losses(
                GpuLstmProgram.Run(
                    new Dictionary<string, string>(), [.. Training, "--accelerator", "simulator", "--output", own["run"]]));
        });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>The kernels for GPUs train as those for processors do, on devices of each generation.</summary>
    [Theory]
    [InlineData("75")]
    [InlineData("80")]
    [InlineData("90")]
    public void Trains_as_the_simulator_does(string architecture)
    {
        var cuda = Train(("PTX_DRIVER_ARCHITECTURE", architecture));
        Trains(cuda);
        Assert.Contains("cuda: PTX interpreter", cuda.Output, StringComparison.Ordinal);
        Assert.Equal(LossesOfSimulator.Value, Losses(cuda));
    }

    [Fact]
    public void Says_what_to_do_when_the_memory_does_not_suffice()
    {
        var result = Train(("PTX_DRIVER_MEMORY", "100000"));
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: PTX interpreter is out of memory", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "use a smaller --batch-size, --hidden, --embedding or --max-length", result.Error.TrimEnd(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_what_the_kernels_did()
    {
        var report = folder["report.md"];
        Trains(Train(("PTX_DRIVER_REPORT", report)));
        var row = Assert.Single(
            File.ReadAllLines(report), line => line.StartsWith("| Kernel_TileForwardKernel |", StringComparison.Ordinal));
        Assert.All(
            row.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1..],
            (cell, n) => Assert.True(long.Parse(cell) > 0 || n == 6, row));
    }

    /// <summary>
    /// Every module and launch is there, of each launch one line, and the text is what the program handed over.
    /// </summary>
    [Fact]
    public void Records_modules_and_launches()
    {
        Trains(Train(("PTX_DRIVER_RECORD", folder["record"])));
        var launches = File.ReadAllLines(folder["record/launches.tsv"]);
        Assert.Equal("module\tkernel\tgrid\tgroup\tdynamic shared", launches[0]);
        Assert.Equal(launches.Distinct(), launches);
        var tile = launches.First(line => line.Contains("TileForwardKernel", StringComparison.Ordinal)).Split('\t');
        Assert.Equal(("Kernel_TileForwardKernel", "16,1,1", "8,2,1", "0"), (tile[1], tile[2], tile[3], tile[4])); // a group a row
        var modules = Directory.GetFiles(folder["record"], "*.ptx")
            .Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal);
        Assert.Equal(launches[1..].Select(line => line.Split('\t')[0]).Distinct().Order(StringComparer.Ordinal), modules);
        var text = File.ReadAllText(folder[$"record/{tile[0]}.ptx"]);
        Assert.StartsWith("// LstmSequence.TileForward InRegisters Size8 Size2\n", text, StringComparison.Ordinal);
        Assert.Contains(".entry Kernel_TileForwardKernel", text, StringComparison.Ordinal);
        Assert.Equal(tile[0], Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    /// <summary>Launches that are skipped leave parameters as they were, and are recorded all the same.</summary>
    [Fact]
    public void Skips_launches()
    {
        var skipped = Train(("PTX_DRIVER_LAUNCHES", "skip"), ("PTX_DRIVER_RECORD", folder["skipped"]));
        Trains(skipped);
        Trains(Train(("PTX_DRIVER_RECORD", folder["run"])));
        Assert.Equal(File.ReadAllLines(folder["run/launches.tsv"]), File.ReadAllLines(folder["skipped/launches.tsv"]));
        Assert.All(Losses(skipped), line => Assert.Contains("loss 0.0000", line, StringComparison.Ordinal));
    }

    private static void Trains(ProgramResult result) => Assert.True(result.ExitCode == 0, result.Error);

    private ProgramResult Train(params (string Name, string Value)[] settings) => GpuLstmProgram.Run(
        settings.Append(("LD_LIBRARY_PATH", InterpreterLibrary.Folder))
            .ToDictionary(setting => setting.Item1, setting => setting.Item2),
        [.. Training, "--accelerator", "cuda", "--output", folder["model"], "--overwrite"]);

    // What the program printed of its epochs, but for the times.
    private static IReadOnlyList<string> Losses(ProgramResult result) =>
    [
        .. result.Output.Split('\n')
            .Where(line => line.StartsWith("epoch", StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf(" s ", StringComparison.Ordinal)])
            .Select(line => line[..line.LastIndexOf("  ", StringComparison.Ordinal)]),
    ];
}
