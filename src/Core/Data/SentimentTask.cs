namespace GpuLstm.Data;

/// <summary>The task made of the data set: tell Positive (label 0) from Negative (label 1).</summary>
/// <param name="Texts">The rows kept, in the file's order.</param>
/// <param name="Candidates">Positive and Negative rows.</param>
/// <param name="Dropped">Of these, the rows without a text.</param>
public sealed record SentimentTask(IReadOnlyList<LabelledText> Texts, int Candidates, int Dropped)
{
    /// <summary>Keeps Positive and Negative tweets that have a text.</summary>
    /// <param name="tweets">All rows.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <param name="limit">Keep only the first so many; null for all.</param>
    /// <exception cref="ArgumentException">A tweet or its text is null.</exception>
    /// <exception cref="UserErrorException">Nothing is left, or one class only.</exception>
    public static SentimentTask Select(IReadOnlyList<Tweet> tweets, string source, int? limit = null)
    {
        ArgumentNullException.ThrowIfNull(tweets);
        if (tweets.Any(tweet => tweet?.Text is null))
            throw new ArgumentException("a tweet or its text is null", nameof(tweets));
        if (limit < 1)
            throw new UserErrorException($"{Setting.Limit} {limit} is out of range: give a whole number from 1");
        var candidates = tweets.Where(tweet => tweet.Sentiment is Sentiment.Positive or Sentiment.Negative).ToList();
        var texts = candidates
            .Where(tweet => tweet.Text.Length > 0)
            .Select(tweet => new LabelledText(tweet.Text, tweet.Sentiment == Sentiment.Negative ? 1 : 0))
            .Take(limit ?? int.MaxValue)
            .ToList();
        if (texts.Count == 0)
            throw new UserErrorException($"'{source}' holds no Positive or Negative tweet with a text; there is nothing to learn");
        if (texts.TrueForAll(text => text.Label == texts[0].Label))
        {
            var (there, missing) = texts[0].Label == 1 ? ("Negative", "Positive") : ("Positive", "Negative");
            UserMessage more = $"add {missing} ones";
            UserMessage further = $"use a larger {Setting.Limit}";
            var hint = limit is null ? more : further;
            throw new UserErrorException($"'{source}' holds {there} tweets only ({texts.Count:N0} rows); a classifier needs both classes: {hint}");
        }

        return new SentimentTask(texts, candidates.Count, candidates.Count(tweet => tweet.Text.Length == 0));
    }
}
