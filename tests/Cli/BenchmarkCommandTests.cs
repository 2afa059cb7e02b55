using System.Text.Json;
using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>benchmark</c> as a person and as another program run it.</summary>
public sealed class BenchmarkCommandTests
{
    [Fact]
    public void Json_has_a_line_for_each_combination()
    {
        var output = Succeeds(
            "benchmark", "--accelerator", "cpu", "--hidden", "1", "9", "--batch", "3", "--steps", "5", "--lengths", "fixed",
            "varied", "--mode", "inference", "--seconds", "0.05", "--json");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToArray();
        Assert.Equal(
            [(1, 3, 5, "fixed"), (9, 3, 5, "fixed"), (1, 3, 5, "varied"), (9, 3, 5, "varied")],
            lines.Select(
                line => (
                    Number(line, "hidden"), Number(line, "batch"), Number(line, "steps"),
                    line.GetProperty("lengths").GetString()!)));
        Assert.All(lines, line =>
        {
            Assert.Equal(
                [
                    "accelerator", "device", "hidden", "batch", "steps", "lengths", "mode", "precision", "layers",
                    "bidirectional", "readout", "medianMs", "bestMs", "measuredSteps",
                ],
                line.EnumerateObject().Select(property => property.Name));
            Assert.Equal(
                ("cpu", "inference"), (line.GetProperty("accelerator").GetString(), line.GetProperty("mode").GetString()));
            IsTimed(line);
        });
    }

    [Fact]
    public void A_table_by_default()
    {
        var result = Run(
            "benchmark", "--accelerator", "simulator", "--hidden", "2", "--batch", "1", "--steps", "2", "--embedding", "2",
            "--vocabulary", "9", "--seconds", "0.01");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("│ 2      │ 1     │ 2     │ fixed   │ training │ float32   │", result.Output, StringComparison.Ordinal);
        Assert.Contains("median ms", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_stdin_answers_each_line_before_the_next_and_stops_at_the_end_of_input()
    {
        using var process = Start("benchmark", "--accelerator", "cpu", "--seconds", "0.01", "--from-stdin");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        foreach (var (hidden, mode) in new[] { (4, "training"), (2, "inference"), (4, "training") })
        {
            await process.StandardInput.WriteLineAsync($"{hidden} 2 3 varied {mode} float32");
            await process.StandardInput.FlushAsync();
            var answer = await process.StandardOutput.ReadLineAsync(patience.Token);
            var line = Json(answer!);
            Assert.Equal((hidden, mode), (Number(line, "hidden"), line.GetProperty("mode").GetString()));
            IsTimed(line);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(patience.Token)));
    }

    [SkippableTheory]
    [InlineData("64 32 200 fixed", "line 2: '64 32 200 fixed' is not a shape; give hidden, batch, steps")]
    [InlineData("64 32 200 fixed training", "is not a shape")]
    [InlineData("64 32 200 fixed training half", "is not a shape")]
    [InlineData("64 32 200 fixed 0 float32", "is not a shape")]
    [InlineData("64 32 200 odd training float32", "is not a shape")]
    [InlineData("64 -32 200 fixed training float32", "is not a shape")]
    [InlineData("64 32 200 fixed training tf32", "line 2: the cpu engine has no tensor cores for tf32 and bf16")]
    [InlineData("", "line 2: '' is not a shape")]
    [InlineData("64 32 0 fixed training float32", "line 2: --steps 0 is out of range")]
    [InlineData(
        "4096 65536 200 fixed training float32",
        "line 2: batches of 65536 rows, 200 steps and 4096 hidden units make a buffer of")]
    public void A_malformed_line_ends_it_with_one_line_and_keeps_the_answers_before_it(string bad, string message)
    {
        // one that is no shape, one that cannot be measured
        TestSet.SkipIfLong(bad is not ("64 32 200 fixed" or "64 32 200 fixed training tf32"));
        var result = RunWithInput(
            $"2 1 2 fixed inference float32\n{bad}\n2 1 2 fixed inference float32\n", "benchmark", "--accelerator", "cpu",
            "--seconds", "0.01", "--from-stdin");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("error: standard input, ", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.AsSpan().Count('\n'));
        Assert.Equal(1, result.Output.AsSpan().Count('\n'));
    }

    private static int Number(JsonElement line, string name) => line.GetProperty(name).GetInt32();

    private static void IsTimed(JsonElement line)
    {
        var (median, best) = (line.GetProperty("medianMs").GetDouble(), line.GetProperty("bestMs").GetDouble());
        Assert.True(best > 0 && best <= median, $"best {best}, median {median}");
        Assert.True(Number(line, "measuredSteps") > 0);
    }
}
