using GpuLstm.Data.Sources;
using GpuLstm.Tests.Data.Sources;
using GpuLstm.TweetGenerator;

namespace GpuLstm.Tests.Data;

public sealed class TweetSynthesizerTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "data", "sample-tweets.csv");

    [Fact]
    public void The_sample_is_what_it_writes()
    {
        using var stream = new MemoryStream();
        TweetSynthesizer.Write(stream, 20_000, 1);
        Assert.Equal(File.ReadAllBytes(Sample), stream.ToArray());
    }

    [Fact]
    public void The_sample_has_what_makes_a_real_task()
    {
        var tweets = RowFile.Read(Sample, new ReadOptions { TextColumn = "4", LabelColumn = "3", GroupColumn = "1" });
        Assert.Equal(20_000, tweets.Count);
        Assert.Equal(4, tweets.Select(tweet => tweet.Label).Distinct().Count());
        Assert.Contains(tweets.GroupBy(tweet => tweet.Group), group => group.Count() > 3);
        Assert.Contains(tweets, tweet => tweet.Text.Contains('\n', StringComparison.Ordinal));
        Assert.Contains(tweets, tweet => tweet.Text.Contains('"', StringComparison.Ordinal));
        Assert.Contains(tweets, tweet => tweet.Text.Contains("😡", StringComparison.Ordinal));
        Assert.Contains(tweets, tweet => tweet.Text.Length == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(777)]
    public void Writes_as_many_rows_as_asked(int rows)
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder["t.csv"]))
            TweetSynthesizer.Write(stream, rows, 3);
        Assert.Equal(rows, RowFile.Read(folder["t.csv"]).Count);
    }
}
