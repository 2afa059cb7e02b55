using System.ComponentModel;
using System.Diagnostics;
using GpuLstm.MemoryCheck;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Kernels;

/// <summary>
/// Every kernel on Oclgrind, an OpenCL device that interprets each instruction and reports invalid accesses, data races and
/// divergent barriers. It ends with exit code 0 whatever it finds, so its log must be empty.
/// </summary>
public sealed class MemoryCheckTests(ITestOutputHelper output)
{
    private const string Tool = "oclgrind";
    private const int Rounds = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<bool> Available = new(IsAvailable);

    // Not the sequence: PoCL puts barriers of its own into loops, so nothing else here sees one that is missing in a step.
    private static readonly string[] LongOperations = ["weight gradient", "one-unit step"];

    // The operations that run in one process, for it takes longer to begin than most of them.
    private static string Quick =>
        string.Join(',', CaseTable.All.Select(row => row.Operation).Distinct().Except(LongOperations));

    private static IEnumerable<string> All => [Quick, string.Join(',', LongOperations), .. Models];

    // 200 steps of 8 units.
    private const string LongMemory = "long memory";

    // All small ones; 200 steps; 64 units, of few steps.
    private static string[] Models => ["model", LongMemory, "default model"];

    public static TheoryData<string> Subjects => [.. All];

    // A thread has sixteen rows side by side there, whether they are in use or not: 200 steps would take a minute.
    public static TheoryData<string> SubjectsOfProcessors => [.. All.Where(subject => subject != LongMemory)];

    [SkippableTheory]
    [MemberData(nameof(Subjects))]
    public void Kernels_keep_to_their_memory_and_do_not_race(string subject)
    {
        TestSet.SkipIfLong(subject != Quick);
        Assert.Equal("", Check(subject));
    }

    /// <summary>Oclgrind says that it is a GPU; here it gets what processors get.</summary>
    [SkippableTheory]
    [MemberData(nameof(SubjectsOfProcessors))]
    public void Kernels_of_processors_do_too(string subject)
    {
        TestSet.SkipIfLong();
        Assert.Equal("", Check(subject, "processor"));
    }

    [SkippableFact]
    public void A_planted_race_is_seen() =>
        Assert.Contains("data race", Check(PlantedFaults.Race), StringComparison.Ordinal);

    [SkippableFact]
    public void A_planted_overflow_is_seen() =>
        Assert.Contains("Invalid write", Check(PlantedFaults.Overflow), StringComparison.Ordinal);

    /// <summary>Runs the program on Oclgrind.</summary>
    /// <returns>Oclgrind's log.</returns>
    private string Check(string subject, params string[] options)
    {
        TestDevices.SkipUnless(Available.Value, Tool, $"{Tool} is not installed");
        using var folder = new TemporaryFolder();
        var log = folder["log"];
        using var process = Process.Start(new ProcessStartInfo(
            Tool,
            [
                "--data-races", "--log", log, "dotnet", Path.Combine(AppContext.BaseDirectory, "GpuLstm.MemoryCheck.dll"),
                subject, $"{TestRandom.Create(output).Next()}", $"{TestSet.Rounds(Rounds)}", .. options,
            ])
        { UseShellExecute = false, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(Limit), $"{subject} did not end");
        Assert.True(process.ExitCode == 0, $"{subject} on {Tool}: {said.Result}");
        return File.Exists(log) ? File.ReadAllText(log) : "";
    }

    private static bool IsAvailable()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Tool, ["--version"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            })!;
            return process.WaitForExit(Limit);
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
