using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>predict</c> as a user runs it.</summary>
public sealed class PredictCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>What stands around words, and how the bytes of a line came, changes no answer.</summary>
    [Fact]
    public void Every_way_from_bytes_to_text_gives_the_same_answer()
    {
        Succeeds("train", "--accelerator", "cpu", "--epochs", "1", "--hidden", "8", "--output", folder["run"]);
        string[] predict = ["predict", "--model", folder["run"], "--accelerator", "cpu"];
        string[] texts = ["love the price", " love  the price ", "love\nthe\tprice", "love\u00A0the price", "love\rthe price"];
        var answers = Run([.. predict, .. texts]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var piped = RunWithInput(
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
    public void A_model_with_attention_tells_what_it_reads()
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--epochs", "1", "--hidden", "4", "--limit", "200", "--max-length", "3", "--readout",
            "attention", "--output", folder["run"]);
        var lines = Succeeds(
            "predict", "--model", folder["run"], "--accelerator", "cpu", "--json", "love the xyzzy price", "");
        var answers = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToList();
        var weights = answers[0].GetProperty("attention").EnumerateArray().ToList();
        Assert.Equal(["love", "the", "xyzzy"], weights.Select(weight => weight.GetProperty("token").GetString()));
        Assert.Equal(1, weights.Sum(weight => weight.GetProperty("weight").GetDouble()), precision: 12);
        Assert.Equal(3, weights.Select(weight => weight.GetProperty("weight").GetDouble()).Distinct().Count());
        Assert.Equal(0, answers[1].GetProperty("attention").GetArrayLength());
    }

    [Fact]
    public void Predict_tells_how_much_of_a_text_it_knows()
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--epochs", "1", "--hidden", "8", "--max-length", "3", "--output", folder["run"]);
        string[] predict = ["predict", "--model", folder["run"], "--accelerator", "cpu"];
        Assert.Equal("note: text 1: the model knows 0 of its 2 words\n", Run([.. predict, "xyzzy qqq"]).Error);
        Assert.Equal("note: the model knows 3 of 3 words\n", Run([.. predict, "love the price"]).Error);
        Assert.Equal(
            "note: text 1: the model knows 3 of its 4 words, and it reads the first 3 only\n",
            Run([.. predict, "love the price xyzzy"]).Error);
        Assert.Equal(
            "note: text 1: the model knows 4 of its 4 words, and it reads the first 3 only\n",
            Run([.. predict, "love the price love"]).Error);
        Assert.Equal(
            "note: text 2: the model knows 0 of its 1 words\nnote: the model knows 1 of 2 words\n",
            Run([.. predict, "love", "xyzzy"]).Error);
        var json = Run([.. predict, "--json", "love the price xyzzy", ""]);
        Assert.Equal("", json.Error);
        var answers = json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json).ToList();
        Assert.Equal(
            ["text", "label", "probability", "probabilities", "tokens", "known", "read"],
            answers[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            (4, 3, 3),
            (
                answers[0].GetProperty("tokens").GetInt32(), answers[0].GetProperty("known").GetInt32(),
                answers[0].GetProperty("read").GetInt32()));
        Assert.Equal(2, answers.Count);
    }

    [Fact]
    public void A_flag_takes_no_text()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "0", "--output", folder["run"]);
        var json = Run(
            "predict", "--model", folder["run"], "--accelerator", "cpu", "--json", "true", "false alarm").Output;
        Assert.Equal(
            ["true", "false alarm"], json.TrimEnd('\n').Split('\n').Select(line => Json(line).GetProperty("text").GetString()));
    }

    [Fact]
    public void A_model_without_hashes_is_used_and_said_so()
    {
        var old = Path.Combine(AppContext.BaseDirectory, "Model", "Fixtures", "version-1");
        var result = Run("predict", "--model", old, "--accelerator", "cpu", "what a great game");
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
        var (_, output, _) = Run(
            "predict", "--model", folder["run"], "--accelerator", "cpu", "a\u001B]0;b\u0007\nc\td \u009B1m 👩‍👧 é\u202Ef");
        Assert.EndsWith("\ta\uFFFD]0;b\uFFFD c\td \uFFFD1m 👩‍👧 é\uFFFDf\n", output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
