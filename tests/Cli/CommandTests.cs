using System.Text.Json;
using GpuLstm.Engines;

namespace GpuLstm.Tests.Cli;

/// <summary>The commands as a user runs them.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<AcceleratorChoice> Accelerators => [.. TestDevices.WithKernels];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_evaluate_and_predict_agree()
    {
        var train = Succeeds("train", "--accelerator", "cpu", "--epochs", "4", "--output", folder["run"]);
        Assert.Contains("no --data given: training on the built-in sample of synthetic tweets", train, StringComparison.Ordinal);
        Assert.Contains($"the model lies in {folder["run"]}", train, StringComparison.Ordinal);
        var metrics = Json(File.ReadAllText(folder["run/metrics.json"]));
        var accuracy = metrics.GetProperty("testAccuracy").GetDouble();
        Assert.True(accuracy > metrics.GetProperty("testMajorityShare").GetDouble() + 0.15, $"accuracy {accuracy}");
        Assert.Equal("cpu", metrics.GetProperty("accelerator").GetString());

        var test = Json(Succeeds("evaluate", "--model", folder["run"], "--split", "test", "--accelerator", "cpu", "--json"));
        Assert.Equal(accuracy, test.GetProperty("accuracy").GetDouble());
        var all = Json(Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--json"));
        Assert.Equal(metrics.GetProperty("trainRows").GetInt32() + metrics.GetProperty("testRows").GetInt32(), all.GetProperty("rows").GetInt32());

        string[] texts = ["the soundtrack is really amazing 😍", "@devs i really hate the combat 👎", ""];
        var predicted = Succeeds(["predict", "--model", folder["run"], "--accelerator", "cpu", .. texts]);
        Assert.Equal(3, predicted.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("Positive\t", predicted, StringComparison.Ordinal);
        Assert.Contains("\nNegative\t", predicted, StringComparison.Ordinal);
        var piped = CliProcess.RunWithInput(string.Join('\n', texts) + "\n", "predict", "--model", folder["run"], "--accelerator", "cpu");
        Assert.Equal(predicted, piped.Output);
    }

    [Fact]
    public void Auto_says_what_it_chose()
    {
        Assert.Contains("auto chose ", Succeeds("train", "--limit", "40", "--epochs", "1", "--output", folder["run"]), StringComparison.Ordinal);
        var predict = CliProcess.Run("predict", "--model", folder["run"], "text");
        Assert.StartsWith("auto chose ", predict.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("auto chose", predict.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_tells_where_a_step_goes()
    {
        string[] train = ["train", "--accelerator", "simulator", "--hidden", "4", "--embedding", "2", "--batch-size", "8", "--max-length", "8", "--epochs", "1", "--limit", "40"];
        var profile = Succeeds([.. train, "--output", folder["run"], "--profile"]);
        string[] kernels = ["GateTable.SerialForward", "LstmSequence.LanesForward", "LstmSequence.LanesBackward", "WeightGradient.SerialSlice", "Adam.Step"];
        Assert.All(kernels, kernel => Assert.Contains(kernel, profile, StringComparison.Ordinal));
        Assert.Matches("a step: [0-9.]+ launches, .* MB of its memory read and written \\([0-9]+ steps\\)", profile);
    }

    [SkippableFact]
    public void The_articles_step_is_one_launch_on_a_gpu()
    {
        TestDevices.SkipIfAbsent(AcceleratorChoice.Cuda);
        var profile = Succeeds("train", "--accelerator", "cuda", "--preset", "article", "--epochs", "1", "--limit", "80", "--output", folder["run"], "--profile");
        Assert.Contains("OneUnitStep.Step", profile, StringComparison.Ordinal);
        Assert.DoesNotContain("Adam.Step", profile, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Every_accelerator_falls_to_the_same_losses(AcceleratorChoice accelerator)
    {
        TestDevices.SkipIfAbsent(accelerator);
        TestSet.SkipIfLong(accelerator == AcceleratorChoice.OpenCL); // its driver compiles the kernels anew
        var losses = Losses($"{accelerator}".ToLowerInvariant());
        Assert.Equal(2, losses.Count);
        Assert.All(losses.Zip(Losses("cpu")), pair => Assert.Equal(pair.Second, pair.First, 1e-4));

        List<double> Losses(string choice)
        {
            Succeeds("train", "--preset", "article", "--epochs", "2", "--limit", "64", "--accelerator", choice, "--output", folder[choice]);
            return [.. Json(File.ReadAllText(folder[$"{choice}/metrics.json"])).GetProperty("trainLoss").EnumerateArray().Select(loss => loss.GetDouble())];
        }
    }

    [Fact]
    public void Describe_gives_the_promised_keys()
    {
        var summary = Json(Succeeds("data", "describe", "--json"));
        Assert.Equal(
            [
                "rows", "sentiments", "keptRows", "droppedRows", "trainRows", "testRows", "trainPositiveLabelShare", "testPositiveLabelShare",
                "vocabularySize", "vocabularyHead", "lengths",
            ],
            summary.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["count", "mean", "std", "min", "p25", "p50", "p75", "max"],
            summary.GetProperty("lengths").EnumerateObject().Select(property => property.Name));
        Assert.Contains("vocabulary", Succeeds("data", "describe"), StringComparison.Ordinal);
    }

    [Fact]
    public void Synthesize_writes_the_same_to_a_file_and_to_standard_output()
    {
        Succeeds("data", "synthesize", "--rows", "50", "--seed", "7", "--output", folder["t.csv"]);
        Assert.Equal(File.ReadAllText(folder["t.csv"]), Succeeds("data", "synthesize", "--rows", "50", "--seed", "7"));
    }

    [Fact]
    public void Devices_lists_what_is_there()
    {
        var output = Succeeds("devices");
        Assert.Contains("cpu", output, StringComparison.Ordinal);
        Assert.Contains("simulator", output, StringComparison.Ordinal);
        Assert.Contains("auto takes ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_prints_a_table_or_json()
    {
        Assert.Contains(" passed, 0 failed", Succeeds("verify", "--accelerator", "cpu"), StringComparison.Ordinal);
        VerifyPassesIn("cpu");
    }

    [SkippableFact]
    public void Verify_runs_the_kernels()
    {
        TestSet.SkipIfLong();
        VerifyPassesIn("simulator");
    }

    private static void VerifyPassesIn(string accelerator)
    {
        var json = Json(Succeeds("verify", "--accelerator", accelerator, "--seed", "3", "--json"));
        Assert.Equal((3, 0), (json.GetProperty("seed").GetInt32(), json.GetProperty("failed").GetInt32()));
        Assert.All(json.GetProperty("results").EnumerateArray(), result => Assert.True(result.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public void Verify_compares_runs_and_gradients()
    {
        Assert.Contains("1 thread, 2 threads", Succeeds("verify", "--determinism", "--accelerator", "cpu"), StringComparison.Ordinal);
        var gradients = Succeeds("verify", "--gradients", "--hidden", "2", "--readout", "last-step");
        Assert.Contains("lstm.weight_hh_l0", gradients, StringComparison.Ordinal);
        Assert.Contains("7 passed, 0 failed", gradients, StringComparison.Ordinal);
        Assert.Contains(
            "| model: loss and gradient | fc.bias | 1e-4 |", Succeeds("verify", "--markdown", "--accelerator", "cpu"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_writes_the_same_model()
    {
        foreach (var run in new[] { "one", "two" })
            Succeeds("train", "--accelerator", "cpu", "--limit", "200", "--epochs", "2", "--seed", "5", "--output", folder[run]);
        Assert.Equal(File.ReadAllBytes(folder["one/model.safetensors"]), File.ReadAllBytes(folder["two/model.safetensors"]));
    }

    [Fact]
    public void No_epochs_leave_the_initial_model()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "0", "--output", folder["run"]);
        Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu");
        Assert.Equal("", File.ReadAllText(folder["run/metrics.jsonl"]));
        Assert.Equal(0, Json(File.ReadAllText(folder["run/metrics.json"])).GetProperty("epochs").GetInt32());
    }

    [Fact]
    public void A_model_is_replaced_where_that_is_asked_for()
    {
        string[] train = ["train", "--accelerator", "cpu", "--limit", "40", "--epochs", "1", "--output", folder["run"]];
        Succeeds(train);
        var before = File.ReadAllBytes(folder["run/model.safetensors"]);
        Succeeds([.. train, "--overwrite", "--seed", "3"]);
        Assert.NotEqual(before, File.ReadAllBytes(folder["run/model.safetensors"]));
    }

    [Fact]
    public void A_model_without_hashes_is_used_and_said_so()
    {
        var old = Path.Combine(AppContext.BaseDirectory, "Model", "Fixtures", "version-1");
        var result = CliProcess.Run("predict", "--model", old, "--accelerator", "cpu", "what a great game");
        Assert.Equal((0, "Negative\t0.6307\twhat a great game\n"), (result.ExitCode, result.Output));
        Assert.Equal($"note: '{old}' has format version 1, without hashes: whether its files belong together is not checked\n", result.Error);
    }

    [Fact]
    public void Texts_are_printed_without_control_characters()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "0", "--output", folder["run"]);
        var output = Succeeds("predict", "--model", folder["run"], "--accelerator", "cpu", "a\u001B]0;b\u0007\nc\td \u009B1m 👩‍👧 é\u202Ef");
        Assert.EndsWith("\ta\uFFFD]0;b\uFFFD c\td \uFFFD1m 👩‍👧 é\uFFFDf\n", output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static string Succeeds(params string[] arguments)
    {
        var result = CliProcess.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("", result.Error);
        return result.Output;
    }
}
