using System.Globalization;
using System.Text.Json;
using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>evaluate</c> as a user runs it: which rows it measures, and what it says of them.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

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
        var predicted = Run([.. predict, .. texts]);
        Assert.Equal(3, predicted.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("Positive\t", predicted.Output, StringComparison.Ordinal);
        Assert.Contains("\nNegative\t", predicted.Output, StringComparison.Ordinal);
        Assert.Equal("note: text 2: the model knows 6 of its 7 words\nnote: the model knows 12 of 13 words\n", predicted.Error);
        Assert.Equal(predicted, RunWithInput(string.Join('\n', texts) + "\n", predict));
    }

    /// <summary>What was said of the training's file holds for another one only where it can.</summary>
    [Fact]
    public void Another_file_may_be_read_in_another_way()
    {
        var rows = Enumerable.Range(0, 20).Select(row => $"C{row};{(row % 2 == 0 ? "good" : "bad")};so {row}\n").ToList();
        folder.File("mine.csv", string.Concat(rows));
        Succeeds(
            "train", "--data", folder["mine.csv"], "--text-column", "3", "--label-column", "2", "--group-column", "1",
            "--accelerator", "cpu", "--epochs", "1", "--output", folder["run"]);
        string[] evaluate = ["evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data"];
        Assert.Contains(
            "fastText's form", Succeeds([.. evaluate, folder.File("lines.txt", "__label__good so fine\n__label__bad so so\n")]),
            StringComparison.Ordinal);
        Assert.Contains(
            "text: column 3, label: column 2", Succeeds([.. evaluate, folder.File("like.csv", string.Concat(rows[..6]))]),
            StringComparison.Ordinal);
        Assert.Contains(
            "text: column 'text', label: column 'label'\n",
            Succeeds([.. evaluate, folder.File("named.csv", "text,label\nso fine,good\nso so,bad\n")]), StringComparison.Ordinal);
        Assert.Contains(
            "all 20 rows, those of the training among them", Succeeds([.. evaluate, folder["mine.csv"], "--skip-bad-rows"]),
            StringComparison.Ordinal);
        Assert.Contains(
            "is read in another way than in the training",
            Fails([.. evaluate, folder["mine.csv"], "--skip-bad-rows", "--split", "test"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_measure_is_of_the_rows_that_the_training_left_out()
    {
        Succeeds("data", "synthesize", "--rows", "300", "--seed", "9", "--output", folder["mine.csv"]);
        Succeeds(
            "train", "--data", folder["mine.csv"], "--accelerator", "cpu", "--epochs", "2", "--limit", "60", "--hidden", "4",
            "--output", folder["run"]);
        string[] evaluate = ["evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data", folder["mine.csv"]];
        Assert.Contains( // a model keeps no path
            "'mine.csv', is not in this folder; give it, or another one, by --data",
            Run("evaluate", "--model", folder["run"], "--accelerator", "cpu").Error, StringComparison.Ordinal);
        var accuracy = Json(File.ReadAllText(folder["run/metrics.json"])).GetProperty("testAccuracy").GetDouble();
        var report = Json(Succeeds([.. evaluate, "--json"]));
        Assert.Equal(accuracy, report.GetProperty("accuracy").GetDouble());
        var interval = report.GetProperty("accuracyInterval");
        Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{interval.GetProperty("low").GetDouble():F4} to {interval.GetProperty("high").GetDouble():F4}"),
            Succeeds(evaluate), StringComparison.Ordinal);
        Assert.Contains(
            "\nthe 12 test rows of the 60 that the training's limit took, of ", Succeeds(evaluate), StringComparison.Ordinal);
        // The same bytes under another name are the same file.
        File.Copy(folder["mine.csv"], folder["copy.csv"]);
        Assert.Equal(
            accuracy, Json(Succeeds([.. evaluate[..^1], folder["copy.csv"], "--json"])).GetProperty("accuracy").GetDouble());
        Assert.Contains(
            "those of the training among them", Succeeds([.. evaluate[..^1], folder["copy.csv"], "--split", "all"]),
            StringComparison.Ordinal);

        File.AppendAllText(folder["copy.csv"], "7,a,Positive,fine\n");
        Assert.Contains(
            "it is another file than the training's, which may hold some of them too",
            Succeeds([.. evaluate[..^1], folder["copy.csv"]]), StringComparison.Ordinal);
        Assert.Contains(
            "is not the file that the model was trained on",
            Fails([.. evaluate[..^1], folder["copy.csv"], "--split", "test"]), StringComparison.Ordinal);
        File.Move(folder["copy.csv"], folder["mine.csv"], overwrite: true);
        Assert.Contains( // where it is found by its name
            "is no longer the file that the model was trained on; give a file by --data",
            RunInShell("cd $1 && $0 evaluate --model run --accelerator cpu", folder.Path).Error, StringComparison.Ordinal);
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
        var result = RunInShell(
            "cd $1 && $0 data synthesize --rows 200 -o sample && $0 train --data sample --accelerator cpu --hidden 2 --epochs 1 "
            + "-o run && $0 evaluate --model run --accelerator cpu",
            folder.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("sample: the article's tweets", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_one_class_is_measured()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "1", "--hidden", "4", "--output", folder["run"]);
        var report = Succeeds(
            "evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data",
            folder.File("one.csv", "1,a,Negative,bad\n2,a,Negative,awful\n"));
        Assert.Contains("always the most frequent class: 1.0000", report, StringComparison.Ordinal);
        Assert.Matches("│ Positive │ +0 │ +0 │", report);
    }
}
