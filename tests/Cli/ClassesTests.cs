using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary>Classes of the user's choice, from the file to the answer.</summary>
public sealed class ClassesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void All_four_labels_are_learnt_named_and_measured()
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--labels", "all", "--epochs", "2", "--class-weights", "balanced",
            "--label-smoothing", "0.05", "--output", folder["run"]);
        string[] names = ["Positive", "Negative", "Neutral", "Irrelevant"];
        var report = Json(Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--json"));
        Assert.Equal(names, report.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
        Assert.True(report.GetProperty("accuracy").GetDouble() > report.GetProperty("majorityShare").GetDouble() + 0.2);
        var rows = report.GetProperty("confusion").EnumerateArray()
            .Select(row => row.EnumerateArray().Sum(count => count.GetInt32())).ToList();
        Assert.Equal(4, rows.Count);
        Assert.Equal(report.GetProperty("rows").GetInt32(), rows.Sum());

        var answer = Json(Succeeds("predict", "--model", folder["run"], "--accelerator", "cpu", "--json", "what a great game"));
        var probabilities = answer.GetProperty("probabilities").EnumerateObject()
            .ToDictionary(pair => pair.Name, pair => pair.Value.GetDouble());
        Assert.Equal(names, probabilities.Keys);
        Assert.Equal(1, probabilities.Values.Sum(), 1e-9);
        Assert.Equal(probabilities.MaxBy(pair => pair.Value).Key, answer.GetProperty("label").GetString());
        Assert.Equal(probabilities.Values.Max(), answer.GetProperty("probability").GetDouble());
        var table = Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu");
        Assert.All(names, name => Assert.Contains($"│ {name}", table, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_of_them_are_told_apart_in_the_order_that_was_given()
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--labels", "Neutral,Positive", "--limit", "200", "--epochs", "1", "--output",
            folder["run"]);
        var answer = Json(Succeeds("predict", "--model", folder["run"], "--accelerator", "cpu", "--json", "good"));
        Assert.Equal(
            ["Neutral", "Positive"], answer.GetProperty("probabilities").EnumerateObject().Select(pair => pair.Name));
        var weights = File.ReadAllBytes(folder["run/model.safetensors"]);
        Assert.NotEqual(-1, weights.AsSpan().IndexOf("\"shape\":[1,64]"u8)); // one logit for two classes
    }

    [Fact]
    public void Data_describe_shows_the_classes()
    {
        var summary = Json(Succeeds("data", "describe", "--labels", "all", "--json"));
        Assert.Equal(4, summary.GetProperty("trainShares").GetArrayLength());
        Assert.Equal(1, summary.GetProperty("trainShares").EnumerateArray().Sum(share => share.GetDouble()), 1e-9);
        var table = Succeeds("data", "describe", "--labels", "all");
        Assert.Contains("Positive, Negative, Neutral and Irrelevant, kept", table, StringComparison.Ordinal);
        Assert.Contains("with label 3 (Irrelevant)", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--labels Positive are not two or more different labels", "--labels", "Positive")]
    [InlineData("--labels Neutral,Neutral are not two or more", "--labels", "Neutral,Neutral")]
    [InlineData("--limit 5 is out of range: give a whole number from 6", "--labels", "a,b,c", "--limit", "5")]
    [InlineData(
        "--class-weights '1,2,3' does not have a number for each of the 2 classes", "--labels", "a,b", "--class-weights",
        "1,2,3")]
    [InlineData("--class-weights '1,x' is neither balanced nor numbers from 1E-06", "--class-weights", "1,x")]
    [InlineData("--label-smoothing 1 is out of range", "--label-smoothing", "1")]
    public void What_cannot_be_is_refused(string words, params string[] options)
    {
        var result = Run(["train", "--accelerator", "cpu", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: {words}", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("see train --help\n", result.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("has 0 rows with a text of the class 'foo', and needs two", "--labels", "foo,Positive")]
    [InlineData("--limit 7 is out of range: give a whole number from 8", "--labels", "all", "--limit", "7")]
    [InlineData("--class-weights '1,2,3' does not have a number for each of the 2 classes", "--class-weights", "1,2,3")]
    public void What_the_data_do_not_have_is_refused(string words, params string[] options)
    {
        var result = Run(["train", "--accelerator", "cpu", .. options]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }
}
