using System.Diagnostics;
using System.Text.RegularExpressions;
using GpuLstm.Assembler.Recording;
using GpuLstm.Assembler.Sass;

namespace GpuLstm.Assembler;

/// <summary>NVIDIA's assembler and disassembler.</summary>
/// <param name="folder">Where <c>ptxas</c> and <c>nvdisasm</c> lie.</param>
/// <param name="work">A folder for files between the two.</param>
internal sealed partial class Toolchain(string folder, string work)
{
    /// <summary>The assembler's version, as <c>V11.8.89</c>.</summary>
    public string Version { get; } = VersionText().Match(Run(Path.Combine(folder, "ptxas"), "--version").Output).Value;

    // The newest PTX that it knows. Nothing in the kernels needs a newer one; ILGPU writes the newest that the driver knows.
    private string NewestPtx => Version.StartsWith("V11.", StringComparison.Ordinal) ? "7.8" : "8.4";

    /// <summary>
    /// Assembles kernels as one module, as the disassembler takes a second to begin whatever it reads, and reads the result.
    /// ptxas takes each for itself.
    /// </summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="architecture">For what.</param>
    /// <param name="refusals">Gets a line for each kernel that is refused; then nothing is read.</param>
    public IReadOnlyList<AssembledKernel> Assemble(
        IReadOnlyList<RecordedKernel> kernels, Architecture architecture, List<string> refusals)
    {
        var (file, said) = Assemble("all", Module(kernels), architecture);
        if (file is null)
        {
            refusals.AddRange(from kernel in kernels
                              let alone = Assemble("one", Module([kernel]), architecture)
                              where alone.File is null
                              select $"{architecture.Name} {kernel.Name}: refused: {alone.Said.Trim()}");
            return [];
        }

        var reports = Report().Split(said).Skip(1).ToDictionary(report => report[..report.IndexOf('\'')]);
        var listings = Section()
            .Split(Run(Path.Combine(folder, "nvdisasm"), "-c", "-hex", file).Output)
            .Skip(1)
            .ToDictionary(text => text[..text.IndexOf(',')]);
        return
        [
            .. kernels.Select((kernel, number) => new AssembledKernel(
                kernel,
                Number(Registers(), reports[EntryOf(number)]),
                Number(Shared(), reports[EntryOf(number)]) + kernel.DynamicSharedBytes,
                Number(Stack(), reports[EntryOf(number)]),
                Number(SpillStores(), reports[EntryOf(number)]) + Number(SpillLoads(), reports[EntryOf(number)]),
                SassListing.Parse(listings[EntryOf(number)]))),
        ];
    }

    private (string? File, string Said) Assemble(string name, string module, Architecture architecture)
    {
        var path = Path.Combine(work, $"{architecture.Name}-{name}");
        File.WriteAllText(path + ".ptx", module);
        var (exitCode, said) = Run(
            Path.Combine(folder, "ptxas"), "-arch", architecture.Name, "-v", path + ".ptx", "-o", path + ".cubin");
        return (exitCode == 0 ? path + ".cubin" : null, said);
    }

    private string Module(IReadOnlyList<RecordedKernel> kernels)
    {
        var head = Head().Match(kernels[0].Text).Value;
        var bodies = kernels.Select(
            (kernel, number) => Entry().Replace(Head().Replace(kernel.Text, "", 1), $".entry {EntryOf(number)}(", 1));
        var shared = kernels.Select(kernel => DynamicShared().Match(kernel.Text).Value).Distinct().Where(line => line.Length > 0);
        var entries = DynamicShared().Replace(string.Join('\n', bodies), "");
        return $"{PtxVersion().Replace(head, $".version {NewestPtx}")}\n{string.Join('\n', shared)}\n{entries}";
    }

    private static string EntryOf(int number) => $"kernel_{number}";

    private static int Number(Regex number, string text) =>
        number.Match(text) is { Success: true } match ? int.Parse(match.Groups["number"].Value) : 0;

    // What it says on either stream: ptxas -v reports on standard error.
    private static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    [GeneratedRegex(@"V\d+\.\d+\.\d+", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex VersionText();

    [GeneratedRegex(@"^\.version.*\n\.target.*\n\.address_size.*\n", RegexOptions.Multiline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Head();

    [GeneratedRegex(@"\.entry \w+\(", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\.extern \.shared .*$", RegexOptions.Multiline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex DynamicShared();

    [GeneratedRegex(@"Compiling entry function '", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Report();

    [GeneratedRegex(@"\.section\s+\.text\.", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Section();

    [GeneratedRegex(@"^\.version \S+", RegexOptions.Multiline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex PtxVersion();

    [GeneratedRegex(@"Used (?<number>\d+) registers", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Registers();

    [GeneratedRegex(@"(?<number>\d+) bytes smem", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Shared();

    [GeneratedRegex(@"(?<number>\d+) bytes stack frame", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Stack();

    [GeneratedRegex(@"(?<number>\d+) bytes spill stores", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(?<number>\d+) bytes spill loads", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SpillLoads();
}
