using System.Globalization;
using System.Text.Json;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Tests.Cli;

/// <summary>The commands as a user runs them.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<AcceleratorKind> Accelerators => [.. TestDevices.WithKernels];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_evaluate_and_predict_agree()
    {
        var train = Succeeds("train", "--accelerator", "cpu", "--epochs", "4", "--output", folder["run"]);
        Assert.Contains("no --data given: training on the built-in sample of synthetic tweets", train, StringComparison.Ordinal);
        Assert.Contains($"the model is in {folder["run"]}", train, StringComparison.Ordinal);
        var metrics = Json(File.ReadAllText(folder["run/metrics.json"]));
        var accuracy = metrics.GetProperty("testAccuracy").GetDouble();
        Assert.True(accuracy > metrics.GetProperty("testMajorityShare").GetDouble() + 0.15, $"accuracy {accuracy}");
        Assert.Equal("cpu", metrics.GetProperty("accelerator").GetString());

        var test = Json(Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--json"));
        Assert.Equal(accuracy, test.GetProperty("accuracy").GetDouble());
        Assert.Equal(
            ("the built-in sample", "test"), (test.GetProperty("file").GetString(), test.GetProperty("part").GetString()));
        Assert.True(JsonElement.DeepEquals(metrics.GetProperty("testAccuracyInterval"), test.GetProperty("accuracyInterval")));
        var all = Json(Succeeds("evaluate", "--model", folder["run"], "--split", "all", "--accelerator", "cpu", "--json"));
        Assert.Equal(
            metrics.GetProperty("trainRows").GetInt32() + metrics.GetProperty("testRows").GetInt32(),
            all.GetProperty("rows").GetInt32());

        string[] texts = ["the soundtrack is really amazing 😍", "@devs i really hate the combat 👎", ""];
        string[] predict = ["predict", "--model", folder["run"], "--accelerator", "cpu"];
        var predicted = CliProcess.Run([.. predict, .. texts]);
        Assert.Equal(3, predicted.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("Positive\t", predicted.Output, StringComparison.Ordinal);
        Assert.Contains("\nNegative\t", predicted.Output, StringComparison.Ordinal);
        Assert.Equal("note: text 2: the model knows 6 of its 7 words\nnote: the model knows 12 of 13 words\n", predicted.Error);
        Assert.Equal(predicted, CliProcess.RunWithInput(string.Join('\n', texts) + "\n", predict));
    }

    /// <summary>What stands around words, and how the bytes of a line came, changes no answer.</summary>
    [Fact]
    public void Every_way_from_bytes_to_text_gives_the_same_answer()
    {
        Succeeds("train", "--accelerator", "cpu", "--epochs", "1", "--hidden", "8", "--output", folder["run"]);
        string[] predict = ["predict", "--model", folder["run"], "--accelerator", "cpu"];
        string[] texts = ["love the price", " love  the price ", "love\nthe\tprice", "love\u00A0the price", "love\rthe price"];
        var answers = CliProcess.Run([.. predict, .. texts]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var piped = CliProcess.RunWithInput(
            "\uFEFFlove the price\r\nlove\rthe price\nlove\u00A0the  price",
            predict).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((5, 3), (answers.Length, piped.Length));
        Assert.Single(answers.Concat(piped).Select(line => string.Join(' ', line.Split('\t')[..2])).Distinct());
        Assert.Equal("love the price", piped[0].Split('\t')[2]);

        var data = folder.File("t.csv", "\uFEFF1,a,Positive,\u00A0love \n2,a,Negative,\"the\r\nprice\"\n3,a,Negative, \n");
        var report = Json(Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data", data, "--json"));
        Assert.Equal(
            (3, "all", false),
            (
                report.GetProperty("rows").GetInt32(), report.GetProperty("part").GetString(),
                report.GetProperty("isTrainingFile").GetBoolean()));
        Assert.Equal(
            [1, 2],
            report.GetProperty("confusion").EnumerateArray().Select(row => row.EnumerateArray().Sum(count => count.GetInt32())));
    }

    [Fact]
    public void Predict_tells_how_much_of_a_text_it_knows()
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--epochs", "1", "--hidden", "8", "--max-length", "3", "--output", folder["run"]);
        string[] predict = ["predict", "--model", folder["run"], "--accelerator", "cpu"];
        Assert.Equal("note: text 1: the model knows 0 of its 2 words\n", CliProcess.Run([.. predict, "xyzzy qqq"]).Error);
        Assert.Equal("note: the model knows 3 of 3 words\n", CliProcess.Run([.. predict, "love the price"]).Error);
        Assert.Equal(
            "note: text 1: the model knows 3 of its 4 words, and it reads the first 3 only\n",
            CliProcess.Run([.. predict, "love the price xyzzy"]).Error);
        Assert.Equal(
            "note: text 1: the model knows 4 of its 4 words, and it reads the first 3 only\n",
            CliProcess.Run([.. predict, "love the price love"]).Error);
        Assert.Equal(
            "note: text 2: the model knows 0 of its 1 words\nnote: the model knows 1 of 2 words\n",
            CliProcess.Run([.. predict, "love", "xyzzy"]).Error);
        var json = CliProcess.Run([.. predict, "--json", "love the price xyzzy", ""]);
        Assert.Equal("", json.Error);
        var answers = json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToList();
        Assert.Equal(
            ["text", "label", "probability", "tokens", "known", "read"],
            answers[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            (4, 3, 3),
            (
                answers[0].GetProperty("tokens").GetInt32(), answers[0].GetProperty("known").GetInt32(),
                answers[0].GetProperty("read").GetInt32()));
        Assert.Equal(2, answers.Count);
    }

    [Fact]
    public void The_measure_is_of_the_rows_that_the_training_left_out()
    {
        Succeeds("data", "synthesize", "--rows", "300", "--seed", "9", "--output", folder["mine.csv"]);
        Succeeds(
            "train", "--data", folder["mine.csv"], "--accelerator", "cpu", "--epochs", "2", "--limit", "60", "--hidden", "4",
            "--output", folder["run"]);
        string[] evaluate = ["evaluate", "--model", folder["run"], "--accelerator", "cpu"];
        var accuracy = Json(File.ReadAllText(folder["run/metrics.json"])).GetProperty("testAccuracy").GetDouble();
        var report = Json(Succeeds([.. evaluate, "--json"]));
        Assert.Equal(accuracy, report.GetProperty("accuracy").GetDouble());
        var interval = report.GetProperty("accuracyInterval");
        Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{interval.GetProperty("low").GetDouble():F4} to {interval.GetProperty("high").GetDouble():F4}"),
            Succeeds(evaluate), StringComparison.Ordinal);
        Assert.StartsWith(
            $"{folder["mine.csv"]}: the 12 test rows of the 60 that the training's limit took, of ", Succeeds(evaluate),
            StringComparison.Ordinal);
        // The same bytes under another name are the same file.
        File.Copy(folder["mine.csv"], folder["copy.csv"]);
        Assert.Equal(
            accuracy, Json(Succeeds([.. evaluate, "--data", folder["copy.csv"], "--json"])).GetProperty("accuracy").GetDouble());
        Assert.Contains(
            "those of the training among them", Succeeds([.. evaluate, "--data", folder["copy.csv"], "--split", "all"]),
            StringComparison.Ordinal);

        File.AppendAllText(folder["copy.csv"], "7,a,Positive,fine\n");
        Assert.Contains(
            "it is another file than the training's, which may hold some of them too",
            Succeeds([.. evaluate, "--data", folder["copy.csv"]]), StringComparison.Ordinal);
        Assert.Contains(
            "is not the file that the model was trained on",
            Fails([.. evaluate, "--data", folder["copy.csv"], "--split", "test"]), StringComparison.Ordinal);
        File.Move(folder["copy.csv"], folder["mine.csv"], overwrite: true);
        Assert.Contains(
            "is no longer the file that the model was trained on; give a file by --data", Fails(evaluate),
            StringComparison.Ordinal);
        File.Delete(folder["mine.csv"]);
        Assert.Contains(
            $"the file that the model was trained on, '{folder["mine.csv"]}', is not there; give it, or another one, by --data",
            Fails(evaluate), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_does_not_know_its_file_wants_one()
    {
        var old = Path.Combine(AppContext.BaseDirectory, "Model", "Fixtures", "version-2");
        Assert.Contains(
            "has format version 2, which does not know its file of training again; give a file by --data",
            Fails("evaluate", "--model", old), StringComparison.Ordinal);
        var sample = Path.Combine(AppContext.BaseDirectory, "data", "sample-tweets.csv");
        Assert.Contains(
            "which does not know its file again, so there is no held-out part",
            Fails("evaluate", "--model", old, "--accelerator", "cpu", "--data", sample, "--split", "test"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_samples_name_is_not_taken_for_it()
    {
        var result = CliProcess.RunInShell(
            "cd $1 && $0 data synthesize --rows 200 -o sample && $0 train --data sample --accelerator cpu --hidden 2 --epochs 1 "
            + "-o run && $0 evaluate --model run --accelerator cpu",
            folder.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("./sample: the ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_takes_no_text()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "0", "--output", folder["run"]);
        var json = CliProcess.Run(
            "predict", "--model", folder["run"], "--accelerator", "cpu", "--json", "true", "false alarm").Output;
        Assert.Equal(
            ["true", "false alarm"], json.TrimEnd('\n').Split('\n').Select(line => Json(line).GetProperty("text").GetString()));
    }

    [Fact]
    public void A_file_of_one_class_is_measured()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "1", "--hidden", "4", "--output", folder["run"]);
        var report = Succeeds(
            "evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data",
            folder.File("one.csv", "1,a,Negative,bad\n2,a,Negative,awful\n"));
        Assert.Contains("always the more frequent class: 1.0000", report, StringComparison.Ordinal);
        Assert.Matches("│ Positive │ +0 │ +0 │", report);
    }

    [Fact]
    public void Texts_that_are_cut_are_counted()
    {
        string Data(int length) => string.Concat(Enumerable.Range(0, 10).Select(row => Row(row, row < 3 ? length : 2)));
        string Row(int row, int length) =>
            $"{row},a,{(row % 2 == 0 ? "Positive" : "Negative")},{string.Join(' ', Enumerable.Repeat("word", length))}\n";
        var file = folder.File("long.csv", Data(9));
        string[] options = ["--data", file, "--max-length", "5", "--min-count", "1"];
        var train = Succeeds(
            ["train", "--accelerator", "cpu", "--hidden", "2", "--epochs", "1", "--output", folder["run"], .. options]);
        Assert.Contains(
            "3 of the texts are longer than 5 words and are cut there (--max-length)", train, StringComparison.Ordinal);
        var summary = Json(Succeeds(["data", "describe", "--json", .. options]));
        Assert.Equal(3, summary.GetProperty("trainCutRows").GetInt32() + summary.GetProperty("testCutRows").GetInt32());
        Assert.Equal(
            3,
            Json(Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--split", "all", "--json"))
                .GetProperty("cutRows")
                .GetInt32());
        Assert.Contains(
            "3 of the texts are cut at 5 tokens",
            Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--split", "all"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("word", true)]
    [InlineData("char", false)]
    public void The_unknown_token_is_trained_by_rare_words(string tokens, bool isTrained)
    {
        var summary = Json(Succeeds("data", "describe", "--json", "--tokens", tokens));
        Assert.Equal(isTrained, summary.GetProperty("trainUnknownShare").GetDouble() > 0);
        Assert.Equal(
            0,
            Json(Succeeds("data", "describe", "--json", "--tokens", tokens, "--min-count", "1"))
                .GetProperty("trainUnknownShare")
                .GetDouble());
    }

    [Fact]
    public void Auto_says_what_it_chose()
    {
        Assert.Contains(
            "auto chose ", Succeeds("train", "--limit", "40", "--epochs", "1", "--output", folder["run"]),
            StringComparison.Ordinal);
        var predict = CliProcess.Run("predict", "--model", folder["run"], "text");
        Assert.StartsWith("auto chose ", predict.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("auto chose", predict.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_tells_where_a_step_goes()
    {
        string[] train =
        [
            "train", "--accelerator", "simulator", "--hidden", "4", "--embedding", "2", "--batch-size", "8", "--max-length", "8",
            "--epochs", "1", "--limit", "40",
        ];
        var profile = Succeeds([.. train, "--output", folder["run"], "--profile"]);
        string[] kernels =
        [
            "GateTable.SerialForward", "LstmSequence.LanesForward", "LstmSequence.LanesBackward", "WeightGradient.SerialSlice",
            "Adam.Step",
        ];
        Assert.All(kernels, kernel => Assert.Contains(kernel, profile, StringComparison.Ordinal));
        Assert.Matches("a step: [0-9.]+ launches, .* MB of its memory read and written \\([0-9]+ steps\\)", profile);
    }

    [SkippableFact]
    public void The_articles_step_is_one_launch_on_a_gpu()
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.Cuda);
        var profile = Succeeds(
            "train", "--accelerator", "cuda", "--preset", "article", "--epochs", "1", "--limit", "80", "--output", folder["run"],
            "--profile");
        Assert.Contains("OneUnitStep.Step", profile, StringComparison.Ordinal);
        Assert.DoesNotContain("Adam.Step", profile, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Every_accelerator_falls_to_the_same_losses(AcceleratorKind accelerator)
    {
        TestDevices.SkipIfAbsent(accelerator);
        // OpenCL's driver compiles the kernels anew, the simulator is slow
        TestSet.SkipIfLong(accelerator != AcceleratorKind.Cuda);
        var losses = Losses($"{accelerator}".ToLowerInvariant());
        Assert.Equal(2, losses.Count);
        Assert.All(losses.Zip(Losses("cpu")), pair => Assert.Equal(pair.Second, pair.First, 1e-4));

        List<double> Losses(string choice)
        {
            Succeeds(
                "train", "--preset", "article", "--epochs", "2", "--limit", "64", "--accelerator", choice, "--output",
                folder[choice]);
            return
            [
                .. Json(File.ReadAllText(folder[$"{choice}/metrics.json"]))
                    .GetProperty("trainLoss")
                    .EnumerateArray()
                    .Select(loss => loss.GetDouble()),
            ];
        }
    }

    [Fact]
    public void Describe_gives_the_promised_keys()
    {
        var summary = Json(Succeeds("data", "describe", "--json"));
        Assert.Equal(
            [
                "rows", "sentiments", "keptRows", "droppedRows", "trainRows", "testRows", "trainPositiveLabelShare",
                "testPositiveLabelShare",
                "vocabularySize", "vocabularyHead", "trainUnknownShare", "testUnknownShare", "lengths", "trainCutRows",
                "testCutRows",
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
        Assert.All(
            json.GetProperty("results").EnumerateArray(), result => Assert.True(result.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public void Verify_compares_runs_and_gradients()
    {
        Assert.Contains(
            "1 thread, 2 threads", Succeeds("verify", "--determinism", "--accelerator", "cpu"), StringComparison.Ordinal);
        var gradients = Succeeds("verify", "--gradients", "--hidden", "2", "--readout", "last-step");
        Assert.Contains("lstm.weight_hh_l0", gradients, StringComparison.Ordinal);
        Assert.Contains("7 passed, 0 failed", gradients, StringComparison.Ordinal);
        Assert.Contains(
            "| model: loss and gradient | fc.bias | 1e-6 |", Succeeds("verify", "--markdown", "--accelerator", "cpu"),
            StringComparison.Ordinal);
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
        Assert.Equal(
            $"note: '{old}' has format version 1, without hashes: whether its files belong together is not checked\nnote: the "
            + $"model knows 17 of 17 characters\n",
            result.Error);
    }

    [Fact]
    public void Texts_are_printed_without_control_characters()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "0", "--output", folder["run"]);
        var (_, output, _) = CliProcess.Run(
            "predict", "--model", folder["run"], "--accelerator", "cpu", "a\u001B]0;b\u0007\nc\td \u009B1m 👩‍👧 é\u202Ef");
        Assert.EndsWith("\ta\uFFFD]0;b\uFFFD c\td \uFFFD1m 👩‍👧 é\uFFFDf\n", output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Fails(params string[] arguments)
    {
        var result = CliProcess.Run(arguments);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        return result.Error;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static string Succeeds(params string[] arguments)
    {
        var result = CliProcess.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error + result.Output);
        Assert.Equal("", result.Error);
        return result.Output;
    }
}
