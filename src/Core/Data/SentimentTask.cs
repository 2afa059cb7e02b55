namespace GpuLstm.Data;

/// <summary>The task made of the data set: tell some of its sentiments apart, by default Positive from Negative.</summary>
/// <param name="Classes">The sentiments, by label.</param>
/// <param name="Texts">The rows kept, in the file's order.</param>
/// <param name="Candidates">Rows of these sentiments.</param>
/// <param name="Dropped">Of these, the rows whose text is empty. A blank text is kept: as words it has no token.</param>
public sealed record SentimentTask(ClassNames Classes, IReadOnlyList<LabelledText> Texts, int Candidates, int Dropped)
{
    /// <summary>The sentiments that a list names, or all of them.</summary>
    /// <param name="labels">Names with commas between, in any case; or <c>all</c>.</param>
    /// <exception cref="UserErrorException">A name is unknown or there twice, or there are fewer than two.</exception>
    public static ClassNames ParseClasses(string labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        string[] known = Enum.GetNames<Sentiment>();
        if (labels.Equals("all", StringComparison.OrdinalIgnoreCase))
            return new ClassNames(known);
        string[] names =
        [
            .. labels.Split(',', StringSplitOptions.TrimEntries).Select(
                given => known.FirstOrDefault(name => name.Equals(given, StringComparison.OrdinalIgnoreCase))
                    ?? throw new UserErrorException(
                        $"{Setting.Labels} '{given}' is not one of: {string.Join(", ", known)}, all")),
        ];
        if (names.Length < 2 || names.Distinct().Count() < names.Length)
        {
            throw new UserErrorException(
                $"{Setting.Labels} {labels} are not two or more different labels, such as Positive,Neutral");
        }

        return new ClassNames(names);
    }

    /// <summary>Keeps the tweets of some sentiments that have a text.</summary>
    /// <param name="tweets">All rows.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <param name="classes">Names of sentiments; null for Positive and Negative.</param>
    /// <exception cref="ArgumentException">A tweet or its text is null.</exception>
    /// <exception cref="UserErrorException">Nothing is left.</exception>
    public static SentimentTask Select(IReadOnlyList<Tweet> tweets, string source, ClassNames? classes = null)
    {
        ArgumentNullException.ThrowIfNull(tweets);
        if (tweets.Any(tweet => tweet?.Text is null))
            throw new ArgumentException("a tweet or its text is null", nameof(tweets));
        classes ??= ClassNames.Sentiments;
        var labels = classes.Select((name, label) => (name, label)).ToDictionary(pair => pair.name, pair => pair.label);
        var candidates = tweets.Where(tweet => labels.ContainsKey($"{tweet.Sentiment}")).ToList();
        var texts = candidates
            .Where(tweet => tweet.Text.Length > 0)
            .Select(tweet => new LabelledText(tweet.Text, labels[$"{tweet.Sentiment}"]))
            .ToList();
        if (texts.Count == 0)
        {
            throw new UserErrorException(
                $"'{source}' holds no {string.Join(" or ", classes)} tweet with a text; there is nothing to learn");
        }

        return new SentimentTask(classes, texts, candidates.Count, candidates.Count - texts.Count);
    }

    /// <summary>Refuses rows from which nothing can be learned.</summary>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">A class has no row, or there is one row only.</exception>
    public void RequireAllClasses(string source)
    {
        if (Texts.Count < 2)
            throw new UserErrorException($"'{source}' leaves {Texts.Count} row; training and testing need 2 at least");
        var there = Texts.Select(text => text.Label).Distinct().Order().ToList();
        if (there.Count == Classes.Count)
            return;
        var missing = string.Join(" and ", Classes.Where((_, label) => !there.Contains(label)));
        throw new UserErrorException(
            $"'{source}' holds {string.Join(" and ", there.Select(label => Classes[label]))} tweets only ({Texts.Count:N0} "
            + $"rows); a classifier needs {(Classes.Count == 2 ? "both" : "all of its")} classes: add {missing} ones");
    }
}
