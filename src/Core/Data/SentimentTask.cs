namespace GpuLstm.Data;

/// <summary>The task made of the data set: tell Positive (label 0) from Negative (label 1).</summary>
/// <param name="Texts">The rows kept, in the file's order.</param>
/// <param name="Candidates">Positive and Negative rows.</param>
/// <param name="Dropped">Of these, the rows whose text is empty. A blank text is kept: as words it has no token.</param>
public sealed record SentimentTask(IReadOnlyList<LabelledText> Texts, int Candidates, int Dropped)
{
    /// <summary>The classes by label.</summary>
    public static IReadOnlyList<string> Classes { get; } = [nameof(Sentiment.Positive), nameof(Sentiment.Negative)];

    /// <summary>Keeps Positive and Negative tweets that have a text.</summary>
    /// <param name="tweets">All rows.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="ArgumentException">A tweet or its text is null.</exception>
    /// <exception cref="UserErrorException">Nothing is left.</exception>
    public static SentimentTask Select(IReadOnlyList<Tweet> tweets, string source)
    {
        ArgumentNullException.ThrowIfNull(tweets);
        if (tweets.Any(tweet => tweet?.Text is null))
            throw new ArgumentException("a tweet or its text is null", nameof(tweets));
        var candidates = tweets.Where(tweet => tweet.Sentiment is Sentiment.Positive or Sentiment.Negative).ToList();
        var texts = candidates
            .Where(tweet => tweet.Text.Length > 0)
            .Select(tweet => new LabelledText(tweet.Text, tweet.Sentiment == Sentiment.Negative ? 1 : 0))
            .ToList();
        if (texts.Count == 0)
        {
            throw new UserErrorException(
                $"'{source}' holds no Positive or Negative tweet with a text; there is nothing to learn");
        }

        return new SentimentTask(texts, candidates.Count, candidates.Count - texts.Count);
    }

    /// <summary>Refuses rows from which nothing can be learned.</summary>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">There is one class only, or one row.</exception>
    public void RequireBothClasses(string source)
    {
        if (Texts.Count < 2)
            throw new UserErrorException($"'{source}' leaves {Texts.Count} row; training and testing need 2 at least");
        if (Texts.Any(text => text.Label != Texts[0].Label))
            return;
        var (there, missing) = (Classes[Texts[0].Label], Classes[1 - Texts[0].Label]);
        throw new UserErrorException(
            $"'{source}' holds {there} tweets only ({Texts.Count:N0} rows); a classifier needs both classes: add {missing} ones");
    }
}
