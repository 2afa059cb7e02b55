using System.Diagnostics;

namespace GpuLstm.Tests.Cli;

/// <summary>Ctrl-C and SIGTERM end every command at once, with one line on what was done.</summary>
public sealed class StopTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    // A second, and what a busy machine adds; a command that did not listen took thirty.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(2.5);

    // Of the short set: one that waits for input, one that measures, one that waits for a device.
    private static readonly string[] Short = ["predict", "benchmark", "train"];

    [SkippableTheory]
    [InlineData("INT", 130, "^stopped by Ctrl-C: 0 texts classified$", "predict --model MODEL --accelerator cpu")]
    [InlineData("TERM", 143, "^stopped by SIGTERM: 0 texts classified$", "predict --model MODEL --accelerator cpu")]
    [InlineData("HUP", 129, "^stopped by SIGHUP: 0 texts classified$", "predict --model MODEL --accelerator cpu")]
    [InlineData("INT", 130, "^stopped by Ctrl-C$", "evaluate --model MODEL --data - --accelerator cpu")]
    [InlineData("INT", 130, "^stopped by Ctrl-C: [0-9]+ of [0-9]+ cases done$", "verify --accelerator simulator")]
    [InlineData("INT", 130, "^stopped by Ctrl-C: 0 of 1 devices done$", "verify --accelerator simulator --determinism")]
    [InlineData(
        "INT", 130, "^stopped by Ctrl-C: [0-9] of 7 parameters done$",
        "verify --gradients --hidden 200 --embedding 200 --max-length 500 --batch-size 200")]
    [InlineData(
        "TERM", 143, "^stopped by SIGTERM: 0 of 2 shapes measured$", "benchmark --accelerator cpu --seconds 600 --hidden 1 2")]
    [InlineData("TERM", 143, "^stopped by SIGTERM: 0 shapes measured$", "benchmark --accelerator cpu --from-stdin")]
    [InlineData(
        "INT", 130, "^stopped by Ctrl-C: no epoch done, nothing was written to .*/new$",
        "train --accelerator simulator --hidden 256 --batch-size 256 --output NEW")]
    [InlineData("TERM", 143, "^stopped by SIGTERM$", "data synthesize --rows 10000000 --output NEW")]
    public async Task End_every_command_at_once(string signal, int exitCode, string line, string command)
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are sent with kill");
        TestSet.SkipIfLong(
            !Short.Contains(command.Split(' ')[0])
                || signal == "HUP"
                || command.Contains("--from-stdin", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        using var process = CliProcess.Start(
            [
                .. command.Split(' ').Select(
                    word => word.Replace("MODEL", run.Path, StringComparison.Ordinal)
                        .Replace("NEW", folder["new"], StringComparison.Ordinal)),
            ]);
        await UntilAtWork(process);
        var (seconds, error) = await Stop(process, signal);
        Assert.Matches(line, error);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.True(seconds < AtOnce.TotalSeconds, $"it took {seconds:F1} s");
        // nothing half-written
        string[] left = command.StartsWith("train", StringComparison.Ordinal) ? [folder["new"], folder["new/.lock"]] : [];
        Assert.Equal(left, Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
    }

    [SkippableTheory]
    [InlineData("INT", 130, "Ctrl-C")]
    [InlineData("TERM", 143, "SIGTERM")]
    public async Task Leave_the_last_epochs_model_whole_and_say_where(string signal, int exitCode, string name)
    {
        TestSet.SkipIfLong(signal == "INT");
        Skip.If(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var folder = new TemporaryFolder();
        using var process = CliProcess.Start(
            "train", "--accelerator", "cpu", "--limit", "100", "--hidden", "2", "--epochs", "100000", "--output", folder["run"]);
        var clock = Stopwatch.StartNew();
        while (!File.Exists(folder["run/metrics.jsonl"]))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "no epoch ended");
            await Task.Delay(20);
        }

        var (seconds, error) = await Stop(process, signal);
        Assert.Matches(
            $"^stopped by {name}: [0-9]+ of 100000 epochs done, the last with loss 0\\.[0-9]+ and accuracy [01]\\.[0-9]+; the "
            + $"last checkpoint is in {folder["run"]}; go on with train --resume {folder["run"]}$",
            error);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.True(seconds < AtOnce.TotalSeconds, $"it took {seconds:F1} s");
        Assert.NotEmpty(GpuLstm.Model.TrainedModel.Load(folder["run"]).Parameters);
        Assert.Equal(
            [".lock", "config.json", "metrics.jsonl", "model.safetensors", "training.safetensors", "vocabulary.json"],
            Directory.EnumerateFileSystemEntries(folder["run"])
                .Select(entry => Path.GetFileName(entry))
                .Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task End_the_reading_of_texts_that_never_end()
    {
        TestSet.SkipIfLong(true);
        Skip.If(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var folder = new TemporaryFolder();
        var texts = folder["texts"];
        using var process = CliProcess.StartInShell(
            $"mkfifo {texts}; yes '__label__a {new string('x', 60)}' > {texts} 2> /dev/null & "
            + $"exec $0 train --data - --output {folder["new"]} < {texts}");
        await UntilAtWork(process);
        var (seconds, error) = await Stop(process, "INT");
        Assert.Matches("^stopped by Ctrl-C: [0-9]+,[0-9,]+ rows read$", error);
        Assert.Equal(130, process.ExitCode);
        Assert.True(seconds < AtOnce.TotalSeconds, $"it took {seconds:F1} s");
        Assert.False(Directory.Exists(folder["new"]), "something was written");
    }

    /// <summary>
    /// Waits until the program has computed for longer than its start takes, or computes no more and so waits for input.
    /// </summary>
    private static async Task UntilAtWork(Process process)
    {
        var (busy, idleTimes) = (TimeSpan.Zero, 0);
        while (busy < TimeSpan.FromSeconds(1.5) && idleTimes < 20)
        {
            await Task.Delay(100);
            process.Refresh();
            idleTimes = process.TotalProcessorTime > busy ? 0 : idleTimes + 1;
            busy = process.TotalProcessorTime;
        }
    }

    /// <summary>Standard output and standard error are one pipe that is full and has no reader.</summary>
    [SkippableTheory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task End_a_command_whose_reader_stands_still(string signal, int exitCode)
    {
        TestSet.SkipIfLong(signal == "TERM");
        Skip.If(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var process = CliProcess.StartInShell("exec $0 data synthesize --rows 10000000 2>&1");
        await UntilAtWork(process);
        Assert.False(process.HasExited, "it ended too early");
        var clock = Stopwatch.StartNew();
        await Send(process, signal);
        await Ended(process);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.True(clock.Elapsed < AtOnce, $"it took {clock.Elapsed.TotalSeconds:F1} s");
    }

    private static async Task Send(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static async Task Ended(Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<(double Seconds, string Error)> Stop(Process process, string signal)
    {
        Assert.False(process.HasExited, "it ended too early");
        var error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        var clock = Stopwatch.StartNew();
        await Send(process, signal);
        await Ended(process);
        return (clock.Elapsed.TotalSeconds, (await error).Trim());
    }
}
