using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>--threads</c> as a user gives it: so many threads, and the same bits.</summary>
public sealed class ThreadsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_number_of_threads_changes_no_bit_of_a_model_or_an_answer()
    {
        var answers = new List<string>();
        foreach (var threads in new[] { "1", "2", "3" })
        {
            var run = folder[threads];
            var trained = Succeeds(
                "train", "--accelerator", "cpu", "--threads", threads, "--hidden", "40", "--limit", "300", "--epochs", "2",
                "--output", run);
            Assert.Contains($" CPU, {threads} thread{(threads == "1" ? "" : "s")}\n", trained, StringComparison.Ordinal);
            answers.Add(
                Succeeds(
                    "predict", "--json", "--model", run, "--accelerator", "cpu", "--threads", threads, "what a great game", "")
                + Succeeds("evaluate", "--model", run, "--accelerator", "cpu", "--threads", threads));
        }

        foreach (var file in new[] { "config.json", "vocabulary.json", "model.safetensors" })
        {
            Assert.All(
                ["2", "3"],
                threads => Assert.Equal(File.ReadAllBytes(folder[$"1/{file}"]), File.ReadAllBytes(folder[$"{threads}/{file}"])));
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [SkippableFact]
    public void Every_command_that_computes_has_as_many_threads_as_are_asked_for()
    {
        TestSet.SkipIfLong();
        Succeeds(
            "train", "--accelerator", "cpu", "--threads", "3", "--hidden", "1", "--limit", "50", "--epochs", "1", "--output",
            folder["run"]);
        Assert.EndsWith("CPU, 3 threads", Device(File.ReadAllText(folder["run/metrics.json"])), StringComparison.Ordinal);
        var evaluated = Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--threads", "3", "--json");
        Assert.EndsWith("CPU, 3 threads", Device(evaluated), StringComparison.Ordinal);
        var measured = Succeeds(
            "benchmark", "--accelerator", "cpu", "--threads", "3", "--hidden", "1", "--batch", "1", "--steps", "1", "--seconds",
            "0.01", "--json");
        Assert.EndsWith("CPU, 3 threads", Device(measured), StringComparison.Ordinal);
        Assert.Contains("CPU, 3 threads", Succeeds("verify", "--accelerator", "cpu", "--threads", "3"), StringComparison.Ordinal);
        var determinism = Succeeds("verify", "--determinism", "--accelerator", "cpu", "--threads", "7");
        Assert.Contains("1 thread, 7 threads", determinism, StringComparison.Ordinal);
        Assert.Contains("1 passed, 0 failed", determinism, StringComparison.Ordinal);
        var error = Run("predict", "--model", folder["run"], "--threads", "3", "good").Error;
        Assert.True(
            error.Contains("CPU, 3 threads\n", StringComparison.Ordinal)
                || !error.StartsWith("auto chose cpu", StringComparison.Ordinal),
            error);
    }

    [Fact]
    public void The_default_is_shown() => Assert.Contains(
        $"this program's CPU engine, {Environment.ProcessorCount} thread{(Environment.ProcessorCount == 1 ? "" : "s")} by "
        + $"default",
        Succeeds("devices"), StringComparison.Ordinal);

    private static string Device(string json) => Json(json).GetProperty("device").GetString()!;
}
