using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>data</c> as a user runs it.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Describe_gives_the_promised_keys()
    {
        var summary = Json(Succeeds("data", "describe", "--json"));
        Assert.Equal(
            [
                "shape", "columns", "rows", "labels", "badRows", "emptyLabels", "otherLabels", "classes",
                "keptRows", "droppedRows", "trainRows", "testRows", "trainShares", "testShares",
                "vocabularySize", "vocabularyHead", "trainUnknownShare", "testUnknownShare", "lengths", "trainCutRows",
                "testCutRows", "duplicates",
            ],
            summary.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["count", "mean", "std", "min", "p25", "p50", "p75", "max"],
            summary.GetProperty("lengths").EnumerateObject().Select(property => property.Name));
        Assert.Contains("vocabulary", Succeeds("data", "describe"), StringComparison.Ordinal);
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
            Json(Succeeds(
                "evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data", file, "--split", "all", "--json"))
                .GetProperty("cutRows")
                .GetInt32());
        Assert.Contains(
            "3 of the texts are cut at 5 tokens",
            Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu", "--data", file, "--split", "all"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Synthesize_writes_the_same_to_a_file_and_to_standard_output()
    {
        Succeeds("data", "synthesize", "--rows", "50", "--seed", "7", "--output", folder["t.csv"]);
        Assert.Equal(File.ReadAllText(folder["t.csv"]), Succeeds("data", "synthesize", "--rows", "50", "--seed", "7"));
    }
}
