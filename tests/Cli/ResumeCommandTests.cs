using System.Diagnostics;
using Xunit.Abstractions;
using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>train --resume</c> as a user runs it.</summary>
public sealed class ResumeCommandTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Options =
    [
        "--accelerator", "cpu", "--limit", "2000", "--epochs", "12", "--hidden", "40", "--optimizer", "adamw", "--schedule",
        "cosine", "--warmup-steps", "5", "--average-decay", "0.9",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Processes that are ended by a signal at any moment, one after the other, until one comes to the end.</summary>
    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Ends_in_the_same_bits_after_signals_at_random_moments(string signal)
    {
        TestSet.SkipIfLong(signal == "INT");
        Skip.If(OperatingSystem.IsWindows(), "signals are sent with kill");
        var random = TestRandom.Create(output);
        Succeeds(["train", .. Options, "--output", folder["whole"]]);
        var stops = 0;
        string[] arguments = ["train", .. Options, "--checkpoint-every", "3", "--output", folder["run"]];
        for (var ended = false; !ended; stops++)
        {
            ended = await IsEnded(arguments, signal, stops < 6 ? random.Next(0, 200) : null);
            if (File.Exists(folder["run/config.json"]) || Directory.Exists(folder["run/.gpulstm-ready"]))
                arguments = ["train", "--accelerator", "cpu", "--checkpoint-every", "3", "--resume", folder["run"]];
        }

        Assert.InRange(stops, 3, 7);
        Assert.Equal(File.ReadAllBytes(folder["whole/model.safetensors"]), File.ReadAllBytes(folder["run/model.safetensors"]));
        Assert.Equal(File.ReadAllBytes(folder["whole/config.json"]), File.ReadAllBytes(folder["run/config.json"]));
        Assert.Equal(Losses("whole"), Losses("run"));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--limit", "40", "--epochs", "2", "--hidden", "3", "--schedule", "linear",
            "--output", folder["run"]);
        var before = File.ReadAllBytes(folder["run/training.safetensors"]);
        Refuses("--hidden 4 does not fit the training in '{0}', which has 3; leave it out", "--hidden", "4");
        Refuses("--lengths padded does not fit", "--lengths", "padded");
        Refuses("--optimizer adamw does not fit the training in '{0}', which has adam", "--optimizer", "adamw");
        Refuses("--beta1 0.5 does not fit the training in '{0}', which has its default", "--beta1", "0.5");
        Refuses("--clip-norm 1 does not fit the training in '{0}', which has none", "--clip-norm", "1");
        Refuses("--limit 50 does not fit the training in '{0}', which has 40", "--limit", "50");
        Refuses("--epochs 1 does not fit the training in '{0}', which has 2: they may only become more", "--epochs", "1");
        Refuses("--epochs 3 does not fit the training in '{0}': the learning rates of the schedule linear", "--epochs", "3");
        Assert.Contains(
            "--preset does not go with --resume", Run("train", "--resume", folder["run"], "--preset", "article").Error,
            StringComparison.Ordinal);
        Succeeds("data", "synthesize", "--rows", "100", "--output", folder["other.csv"]);
        Refuses("'{1}' does not fit the training in '{0}': it is not the file", "--data", folder["other.csv"]);
        Assert.Equal(before, File.ReadAllBytes(folder["run/training.safetensors"]));
        Assert.Contains(
            "holds no checkpoint of a training", Fails("train", "--resume", Path.GetTempPath()), StringComparison.Ordinal);

        void Refuses(string words, params string[] options)
        {
            var result = Run(["train", "--accelerator", "cpu", "--resume", folder["run"], .. options]);
            Assert.Equal(1, result.ExitCode);
            var expected = words.Replace("{0}", folder["run"], StringComparison.Ordinal)
                .Replace("{1}", folder["other.csv"], StringComparison.Ordinal);
            Assert.StartsWith($"error: {expected}", result.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Of a finished training nothing is left to do but its report; without its state it cannot be made longer.
    /// </summary>
    [Fact]
    public void A_finished_training_reports_again_and_can_be_made_longer_unless_its_state_was_dropped()
    {
        string[] train = ["train", "--accelerator", "cpu", "--limit", "40", "--hidden", "3", "--output", folder["run"]];
        var report = Succeeds([.. train, "--epochs", "2"]).Split('\n');
        var again = Succeeds("train", "--resume", folder["run"]).Split('\n'); // on the accelerator that it began with
        Assert.Contains(again, line => line.StartsWith("cpu:", StringComparison.Ordinal));
        Assert.Equal(Accuracy(report), Accuracy(again));
        Assert.Contains(again, line => line.EndsWith("2 of 2 epochs and 0 further batches are done", StringComparison.Ordinal));
        var longer = Succeeds("train", "--accelerator", "cpu", "--resume", folder["run"], "--epochs", "3", "--drop-state");
        Assert.Contains("epoch   3/3", longer, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch   2/3", longer, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["run/training.safetensors"]));
        Assert.Contains(
            "holds a model, but not the state of its training", Fails("train", "--resume", folder["run"]),
            StringComparison.Ordinal);

        static string Accuracy(string[] lines) =>
            lines.Single(line => line.StartsWith("test accuracy", StringComparison.Ordinal));
    }

    /// <summary>Starts the program and, after a time, ends it by a signal; whether it had ended by itself.</summary>
    private static async Task<bool> IsEnded(string[] arguments, string signal, int? afterEpochMs)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        var lines = 0;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines += line.StartsWith("cpu:", StringComparison.Ordinal) ? 1 : 0; // it is about to train
            if (lines == 0 || afterEpochMs is not { } pause)
                continue;
            await Task.Delay(pause);
            using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
            await kill.WaitForExitAsync();
            afterEpochMs = null;
        }

        await process.WaitForExitAsync();
        Assert.True(process.ExitCode is 0 or 130 or 143 or 137, await error);
        return process.ExitCode == 0;
    }

    private List<double> Losses(string run) =>
    [
        .. Json(File.ReadAllText(folder[$"{run}/metrics.json"]))
            .GetProperty("trainLoss")
            .EnumerateArray()
            .Select(loss => loss.GetDouble()),
    ];
}
