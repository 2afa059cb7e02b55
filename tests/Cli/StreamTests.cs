namespace GpuLstm.Tests.Cli;

/// <summary>Standard streams that are closed, full, gone or none: one plain line, or a quiet end.</summary>
public sealed class StreamTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    [SkippableTheory]
    [InlineData(
        "$0 predict --model $1 --accelerator cpu hi > /dev/full", 1,
        "error: cannot write to standard output: No space left on device")]
    [InlineData(
        "$0 predict --model $1 --accelerator cpu hi >&-", 1, "error: standard output is closed, there is nowhere to write to")]
    [InlineData("$0 devices > /dev/full", 1, "error: cannot write to standard output: No space left on device")]
    [InlineData("$0 data describe >&-", 1, "error: standard output is closed")]
    [InlineData("$0 data synthesize --rows 20 > /dev/full", 1, "error: cannot write to standard output: No space left on device")]
    [InlineData(
        "$0 train --accelerator cpu --limit 40 --epochs 1 --output $1/other > /dev/full", 1,
        "error: cannot write to standard output: No space left on device")]
    [InlineData("$0 predict --model $1 --accelerator cpu <&-", 1, "error: standard input is closed")]
    [InlineData("$0 predict --model $1 --accelerator cpu <&- >&-", 1, "error: standard ")]
    [InlineData("$0 predict --model $1 --accelerator cpu < /tmp", 1, "error: cannot read standard input: ")]
    [InlineData("$0 benchmark --accelerator cpu --from-stdin < /tmp", 1, "error: cannot read standard input: ")]
    [InlineData("$0 predict --model $1 --accelerator cpu hi 2>&-", 0, "")]
    [InlineData("$0 predict --model $1/none --accelerator cpu hi 2>&-", 1, "")]
    [InlineData("$0 predict --model $1/none --accelerator cpu hi 2> /dev/full", 1, "")]
    public void End_in_a_plain_line(string line, int exitCode, string error)
    {
        Skip.If(OperatingSystem.IsWindows(), "these are redirections of a Unix shell");
        var result = CliProcess.RunInShell(line.Replace("$0 ", "exec $0 ", StringComparison.Ordinal), run.Path);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
        Assert.Equal(error.Length == 0 ? 0 : 1, result.Error.AsSpan().Count('\n'));
        Assert.Equal(exitCode, result.ExitCode);
    }

    [SkippableTheory]
    [InlineData("yes 'good game' 2>&- | $0 predict --model $1 --accelerator cpu --json | head -1; echo ${PIPESTATUS[1]}")]
    [InlineData("$0 data synthesize --rows 10000000 | head -1; echo ${PIPESTATUS[0]}")]
    [InlineData(
        "yes '1 1 1 fixed inference float32' 2>&- | $0 benchmark --accelerator cpu --seconds 0.01 --from-stdin | head -1; "
        + "echo ${PIPESTATUS[1]}")]
    public void A_reader_that_goes_away_ends_the_writer(string line)
    {
        Skip.If(OperatingSystem.IsWindows(), "these are pipes of a Unix shell");
        var result = CliProcess.RunInShell(line, run.Path);
        Assert.Equal("", result.Error);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, "141"), (lines.Length, lines[^1]));
    }

    /// <summary>What a shell passes on beside the three streams is no sign that one of them is closed.</summary>
    [SkippableFact]
    public void Copies_of_the_streams_are_no_trouble()
    {
        Skip.If(OperatingSystem.IsWindows(), "these are redirections of a Unix shell");
        var result = CliProcess.RunInShell(
            "echo 'good game' | $0 predict --model $1 --accelerator cpu --json 5>&1 6<&0 | cat; exit ${PIPESTATUS[1]}", run.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("{\"text\":\"good game\"", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Several programs may write to one file by turns.</summary>
    [SkippableFact]
    public void What_follows_in_a_file_is_not_overwritten()
    {
        Skip.If(OperatingSystem.IsWindows(), "these are redirections of a Unix shell");
        using var folder = new TemporaryFolder();
        var result = CliProcess.RunInShell(
            "{ echo before; $0 predict --model $1 --accelerator cpu --json hi; echo after; } > $2", run.Path, folder["log"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches("^before\n\\{.*\\}\nafter\n$", File.ReadAllText(folder["log"]));
    }
}
