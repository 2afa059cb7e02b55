using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class SentimentTaskTests
{
    private static readonly Tweet[] Mixed =
    [
        new(1, "a", Sentiment.Positive, "yes"),
        new(2, "a", Sentiment.Neutral, "hm"),
        new(3, "a", Sentiment.Negative, "no"),
        new(4, "a", Sentiment.Negative, ""),
        new(5, "a", Sentiment.Irrelevant, ""),
        new(6, "a", Sentiment.Positive, " "),
    ];

    [Fact]
    public void Keeps_two_sentiments_and_drops_missing_texts()
    {
        var task = SentimentTask.Select(Mixed, "f");
        Assert.Equal([new LabelledText("yes", 0), new LabelledText("no", 1), new LabelledText(" ", 0)], task.Texts);
        Assert.Equal((4, 1), (task.Candidates, task.Dropped));
    }

    [Fact]
    public void Refuses_to_learn_from_one_class()
    {
        var task = SentimentTask.Select([Mixed[0], Mixed[5]], "f");
        Assert.Equal(
            "'f' holds Positive tweets only (2 rows); a classifier needs both classes: add Negative ones",
            Assert.Throws<UserErrorException>(() => task.RequireAllClasses("f")).Message);
        SentimentTask.Select(Mixed, "f").RequireAllClasses("f");
    }

    [Fact]
    public void Refuses_tweets_without_a_text()
    {
        Assert.Throws<ArgumentNullException>("tweets", () => SentimentTask.Select(null!, "f"));
        Assert.Throws<ArgumentException>("tweets", () => SentimentTask.Select([Mixed[0], null!], "f"));
        Assert.Throws<ArgumentException>("tweets", () => SentimentTask.Select([Mixed[0], Mixed[0] with { Text = null! }], "f"));
    }

    [Fact]
    public void Refuses_a_file_without_the_two_sentiments() => Assert.Contains(
        "there is nothing to learn",
        Assert.Throws<UserErrorException>(() => SentimentTask.Select([Mixed[1], Mixed[3]], "f")).Message,
        StringComparison.Ordinal);
}
