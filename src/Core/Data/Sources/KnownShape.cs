namespace GpuLstm.Data.Sources;

/// <summary>A well-known data set whose columns have no names.</summary>
/// <param name="Name">Its name, for the user.</param>
/// <param name="Text">The column of the texts, from 0.</param>
/// <param name="Label">The column of the labels.</param>
/// <param name="Labels">All labels that it has; null: any.</param>
/// <param name="Usual">The labels to tell apart where none are chosen; null: all.</param>
internal sealed record KnownShape(
    string Name, int Text, int Label, IReadOnlyList<string>? Labels = null, IReadOnlyList<string>? Usual = null)
{
    private static readonly KnownShape Tweets = new(
        "the article's tweets", 3, 2, Enum.GetNames<Sentiment>(), [nameof(Sentiment.Positive), nameof(Sentiment.Negative)]);

    private static readonly KnownShape Sentiment140 = new("Sentiment140", 5, 0);

    /// <summary>The data set that some rows are of; null where they are of none, or columns are given.</summary>
    public static KnownShape? Of(ReadOptions options, char separator, IReadOnlyList<string[]> rows)
    {
        if (separator != ',' || (options.TextColumn ?? options.LabelColumn) is not null)
            return null;
        return rows[0].Length switch
        {
            4 when rows.All(row => Tweets.Labels!.Contains(row[2].Trim())) && rows.Count(IsNumbered) > 0.9 * rows.Count => Tweets,
            6 when rows.All(row => row[0] is "0" or "2" or "4" && row[1].All(char.IsAsciiDigit)) => Sentiment140,
            _ => null,
        };

        // Spreadsheets make 1.2E+18 of some.
        static bool IsNumbered(string[] row) => row[0].Trim().TrimStart('-').All(char.IsAsciiDigit);
    }
}
