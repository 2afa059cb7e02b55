using System.Text.RegularExpressions;

namespace GpuLstm.Assembler.Recording;

/// <summary>A kernel as a program handed it to the driver, and the largest launch of it.</summary>
/// <param name="Name">What its first line says.</param>
/// <param name="Text">Its PTX.</param>
/// <param name="Threads">The most threads of a group, <c>.maxntid</c>.</param>
/// <param name="DynamicSharedBytes">The most shared memory that a launch asked for.</param>
internal sealed partial record RecordedKernel(string Name, string Text, int Threads, int DynamicSharedBytes)
{
    private const string Verify = "verify";

    // What it declares, and what the largest launch asks for.
    private int SharedBytes =>
        DynamicSharedBytes + SharedLine().Matches(Text).Sum(line => int.Parse(line.Groups["bytes"].ValueSpan));

    /// <summary>
    /// All kernels that were recorded for an architecture (<c>PTX_DRIVER_RECORD</c> of the interpreter), by name. One without a
    /// recording of <c>verify</c> has that of sm_90, less the launches that ask for more shared memory than there is: it chooses
    /// among the same kernels.
    /// </summary>
    /// <param name="recordings">
    /// A folder for each architecture, in it one for each program; that of <c>verify</c> has its name.
    /// </param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="problems">
    /// Gets a line for each kernel that came in more than one text, or that training loads and <c>verify</c> does not: then what
    /// was checked is not what runs.
    /// </param>
    public static IReadOnlyList<RecordedKernel> ReadAll(string recordings, Architecture architecture, List<string> problems)
    {
        var kernels = new List<RecordedKernel>();
        var own = Path.Combine(recordings, architecture.Name);
        var verified = new[] { own, Path.Combine(recordings, "sm_90") }.Select(folder => Path.Combine(folder, Verify))
            .First(Directory.Exists);
        var recorded = Directory.GetDirectories(own)
            .Where(folder => Path.GetFileName(folder) != Verify)
            .SelectMany(Read)
            .Select(kernel => (IsVerified: false, Kernel: kernel))
            .Concat(
                Read(verified)
                    .Where(kernel => kernel.SharedBytes <= architecture.MaxSharedBytes)
                    .Select(kernel => (IsVerified: true, Kernel: kernel)));
        foreach (var kernel in recorded.GroupBy(entry => entry.Kernel.Name).OrderBy(kernel => kernel.Key, StringComparer.Ordinal))
        {
            var texts = kernel.Select(entry => entry.Kernel.Text).Distinct().Count();
            if (texts > 1)
                problems.Add($"{architecture.Name} {kernel.Key}: {texts} different texts were loaded");
            if (!kernel.Any(entry => entry.IsVerified))
                problems.Add($"{architecture.Name} {kernel.Key}: training loads it, and verify does not");
            kernels.Add(kernel.First().Kernel with { DynamicSharedBytes = kernel.Max(entry => entry.Kernel.DynamicSharedBytes) });
        }

        return kernels;
    }

    private static IEnumerable<RecordedKernel> Read(string folder)
    {
        var launches = File.ReadLines(Path.Combine(folder, "launches.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .ToLookup(cells => cells[0], cells => int.Parse(cells[^1]));
        foreach (var file in Directory.GetFiles(folder, "*.ptx"))
        {
            var text = File.ReadAllText(file);
            var name = NameLine().Match(text).Groups["name"].Value;
            var threads = ThreadsLine().Match(text).Groups["threads"].ValueSpan;
            yield return new RecordedKernel(
                name, text, int.Parse(threads), launches[Path.GetFileNameWithoutExtension(file)].DefaultIfEmpty().Max());
        }
    }

    [GeneratedRegex(@"\A// (?<name>\S.*)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex NameLine();

    [GeneratedRegex(
        @"^\s*\.shared .*\[(?<bytes>\d+)\];", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SharedLine();

    [GeneratedRegex(@"^\.maxntid (?<threads>\d+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ThreadsLine();
}
