namespace GpuLstm.Data.Sources;

/// <summary>Which columns are read.</summary>
/// <param name="Text">The texts.</param>
/// <param name="Label">The labels.</param>
/// <param name="Group">What belongs together; null for none.</param>
internal sealed record ColumnRoles(Column Text, Column Label, Column? Group)
{
    private const int MaxGuessedLabels = 50;
    private const double FilledAtLeast = 0.9; // share of the rows that have a label
    private const int GroupsAtLeast = 10; // each with a tenth of the rows at most: fewer are kinds, not groups
    private const int MaxGuessedLabelLength = 60;

    // In the order of preference.
    private static readonly string[] TextNames =
    [
        "text", "review", "reviewtext", "reviewbody", "sentence", "tweet", "content", "comment", "commenttext", "message", "body",
        "document", "sentimenttext", "description", "question", "phrase", "utterance", "headline", "title", "subject", "summary",
    ];

    private static readonly string[] LabelNames =
    [
        "label", "labels", "sentiment", "class", "category", "target", "polarity", "intent", "topic", "emotion",
        "airlinesentiment", "sentimentlabel", "labeltext", "stars", "rating", "score", "queue", "department", "priority",
        "type", "tag", "y",
    ];

    private static readonly string[] GroupNames =
    [
        "group", "groupid", "thread", "threadid", "conversation", "conversationid", "dialog", "dialogid", "dialogue",
        "dialogueid", "session", "sessionid", "customer", "customerid", "author", "authorid", "user", "userid", "username",
    ];

    /// <summary>As the user is told it.</summary>
    public override string ToString() => $"text: {Text}, label: {Label}{(Group is null ? "" : $", group: {Group}")}";

    /// <summary>Whether a name is one that columns of texts or labels usually have.</summary>
    public static bool IsUsualName(string name) => TextNames.Contains(Plain(name)) || LabelNames.Contains(Plain(name));

    /// <summary>The column of the groups that was given.</summary>
    /// <param name="options">What was given.</param>
    /// <param name="columns">All columns.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <returns>Null where none was given, or where it is to be none.</returns>
    /// <exception cref="UserErrorException">There is no such column.</exception>
    public static Column? GivenGroup(ReadOptions options, IReadOnlyList<Column> columns, string file) =>
        options.GroupColumn is not { } given || (given == ReadOptions.NoGroup && columns.All(column => column.Name != given))
            ? null
            : Column.Of(Setting.GroupColumn, given, columns, file);

    /// <summary>The columns that were given, and the others by their usual names, or else by what is in them.</summary>
    /// <param name="options">What was given.</param>
    /// <param name="columns">All columns.</param>
    /// <param name="rows">The first rows [n][columns].</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">A column is not there, or cannot be told.</exception>
    public static ColumnRoles Of(
        ReadOptions options, IReadOnlyList<Column> columns, IReadOnlyList<string[]> rows, string file)
    {
        var text = Given(Setting.TextColumn, options.TextColumn);
        var label = Given(Setting.LabelColumn, options.LabelColumn);
        var group = GivenGroup(options, columns, file);
        var free = columns.Where(column => column != text && column != label && column != group).ToList();
        if (text is null && ByName(free, TextNames) is { } named)
            free.Remove(text = named);
        if (label is null && ByName(free, LabelNames) is { } namedLabel)
            free.Remove(label = namedLabel);
        if (options.GroupColumn is null && ByName(free, GroupNames) is { } namedGroup && AreGroups(namedGroup))
            free.Remove(group = namedGroup);
        if (text is null && Longest(free) is { } longest)
            free.Remove(text = longest);
        label ??= FewestValues(free);
        if (text is null)
            throw Untold(Setting.TextColumn, "texts");
        return new ColumnRoles(text, label ?? throw Untold(Setting.LabelColumn, "labels"), group);

        Column? Given(Setting setting, string? given) => given is null ? null : Column.Of(setting, given, columns, file);

        Column? Longest(List<Column> candidates) => candidates
            .Where(column => rows.Any(row => row[column.Index].Any(char.IsLetter)))
            .MaxBy(column => (rows.Sum(row => WordsIn(row[column.Index])), rows.Sum(row => (long)row[column.Index].Length)));

        Column? FewestValues(List<Column> candidates)
        {
            var fitting = candidates.Where(column => All(column).Count() >= FilledAtLeast * rows.Count)
                .Select(column => (Column: column, Count: Values(column).Count))
                .Where(entry => entry.Count >= 2 && entry.Count <= Math.Min(MaxGuessedLabels, Math.Max(2, rows.Count / 2)))
                .Where(entry => rows.Max(row => row[entry.Column.Index].Length) <= MaxGuessedLabelLength)
                .ToList();
            return fitting.Count > 0 ? fitting.MinBy(entry => entry.Count).Column : candidates.Count == 1 ? candidates[0] : null;
        }

        List<string> Values(Column column) => [.. All(column).Distinct()];

        IEnumerable<string> All(Column column) =>
            rows.Select(row => row[column.Index].Trim()).Where(value => value.Length > 0);

        // Some have rows in common, and none has so many that the parts of a split would not be alike.
        bool AreGroups(Column column)
        {
            var most = All(column).CountBy(value => value).Select(group => group.Value).DefaultIfEmpty().Max();
            return most > 1 && most <= Math.Max(2, rows.Count / GroupsAtLeast);
        }

        UserErrorException Untold(Setting setting, string what)
        {
            var shown = columns.Select(
                column => $"{column} ({string.Join(", ", Values(column).Take(2).Select(Excerpt.Of))})");
            return new UserErrorException(
                $"'{file}': none of its columns looks like one of {what}; say which by {setting}: {string.Join(", ", shown)}");
        }
    }

    private static long WordsIn(string value) => value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    private static Column? ByName(List<Column> columns, string[] names) => names
        .Select(name => columns.FirstOrDefault(column => column.Name is not null && Plain(column.Name) == name))
        .FirstOrDefault(column => column is not null);

    // review_text, ReviewText and "Review text" are the same.
    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
