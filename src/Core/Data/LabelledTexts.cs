using System.Globalization;
using System.Text;
using CsvHelper;
using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>
/// Texts with labels, encoded: from a file, a folder, a stream, or from a program. Texts are not kept, only the numbers of their
/// tokens, so that millions of them fit into memory. Good for one use: what is made of them takes their memory over.
/// </summary>
public sealed class LabelledTexts
{
    private const int MaxNamed = 8;
    private const int RowsPerReport = 1024;

    internal LabelledTexts(
        string name, string sha256, TokenKind kind, IReadOnlyList<string> classes, ReadReport report, EncodedTexts encoded,
        IReadOnlyList<string> tokens, int[] labels, int[]? groups)
    {
        (Name, Sha256, Kind, Report) = (name, sha256, kind, report);
        (Encoded, Tokens, Labels, Groups, ClassList) = (encoded, tokens, labels, groups, classes);
    }

    /// <summary>For <c>labels</c>: all that there are.</summary>
    public static IReadOnlyList<string> AllLabels { get; } = ["all"];

    /// <summary>The file's name without its path, or what the source is called.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of the file's bytes, or of the texts and labels, in hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Characters or words.</summary>
    public TokenKind Kind { get; }

    /// <summary>How they were read.</summary>
    public ReadOptions Options { get; internal init; } = ReadOptions.Default;

    /// <summary>What was found.</summary>
    public ReadReport Report { get; }

    /// <summary>How many texts there are of the classes.</summary>
    public int Count => Labels.Length;

    /// <summary>The texts' tokens, as numbers of <see cref="Tokens"/>.</summary>
    internal EncodedTexts Encoded { get; }

    /// <summary>The tokens by number.</summary>
    internal IReadOnlyList<string> Tokens { get; }

    /// <summary>The class of each text [N].</summary>
    internal int[] Labels { get; }

    /// <summary>The group of each text [N]; null where there are none.</summary>
    internal int[]? Groups { get; }

    /// <summary>The classes' names by label, of which there may be too few.</summary>
    internal IReadOnlyList<string> ClassList { get; }

    /// <summary>Reads a file, or a folder with a folder for each class.</summary>
    /// <param name="path">CSV, TSV or another separator, JSON lines, fastText's form, each perhaps in gzip; or a folder.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="options">How it is read; null: all is recognised.</param>
    /// <param name="labels">
    /// The labels to tell apart, as they are written, or <see cref="AllLabels"/>; null for all too, but of the article's tweets
    /// for Positive and Negative.
    /// </param>
    /// <param name="threads">How many threads share the work; null for one a core. No result depends on it.</param>
    /// <param name="progress">Is told every thousand rows or so how far it is.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="UserErrorException">
    /// It cannot be read, or a row is not what it should be; the message names file and line.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LabelledTexts FromFile(
        string path, TokenKind kind, ReadOptions? options = null, IReadOnlyList<string>? labels = null, int? threads = null,
        IProgress<ReadingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= ReadOptions.Default;
        var bad = new BadRows(options.SkipBadRows);
        using var rows = RowSource.Open(path, options, bad);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        return Read(name, rows, bad, kind, options, labels, threads, progress, cancellation);
    }

    /// <summary>Whether a file's first part can be read by options, such as those for a file that is like it.</summary>
    /// <param name="path">A file or a folder, see <see cref="FromFile"/>.</param>
    /// <param name="options">How it would be read.</param>
    public static bool CanRead(string path, ReadOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            RowSource.Open(path, options, new BadRows(options.SkipBadRows)).Dispose();
            return true;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    /// <summary>Reads what a stream gives, such as standard input.</summary>
    /// <param name="stream">A file's bytes.</param>
    /// <param name="name">What messages and a model call it.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="options">How it is read; null: all is recognised.</param>
    /// <param name="labels">The labels to tell apart, see <see cref="FromFile"/>.</param>
    /// <param name="threads">How many threads share the work; null for one a core. No result depends on it.</param>
    /// <param name="progress">Is told every thousand rows or so how far it is.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="UserErrorException">See <see cref="FromFile"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LabelledTexts FromStream(
        Stream stream, string name, TokenKind kind, ReadOptions? options = null, IReadOnlyList<string>? labels = null,
        int? threads = null, IProgress<ReadingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= ReadOptions.Default;
        var bad = new BadRows(options.SkipBadRows);
        using var rows = RowSource.Open(stream, name, options, bad);
        return Read(name, rows, bad, kind, options, labels, threads, progress, cancellation);
    }

    /// <summary>The labels in a list with commas between; one with a comma in it is enclosed in quotes.</summary>
    public static IReadOnlyList<string> LabelsOf(string list)
    {
        ArgumentNullException.ThrowIfNull(list);
        using var csv = CsvReader.Create(Encoding.UTF8.GetBytes(list), CsvReaderOptions.Default with { HasHeader = false });
        return csv.Read()
            ? [.. Enumerable.Range(0, csv.FieldCount).Select(n => csv.GetString(n).Trim()).Where(name => name.Length > 0)]
            : [];
    }

    /// <summary>Takes texts of a program.</summary>
    /// <param name="texts">Texts and their labels; enumerated once.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="labels">The labels to tell apart; null for all.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="ArgumentException">A text or a label is null.</exception>
    public static LabelledTexts From(
        IEnumerable<(string Text, string Label)> texts, TokenKind kind, IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var builder = BuilderFor(kind, labels, cancellation);
        foreach (var (text, label) in texts)
            builder.Add(text, label);
        return builder.Build();
    }

    /// <summary>Takes texts of a program as they come.</summary>
    /// <inheritdoc cref="From"/>
    public static async Task<LabelledTexts> FromAsync(
        IAsyncEnumerable<(string Text, string Label)> texts, TokenKind kind, IReadOnlyList<string>? labels = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var builder = BuilderFor(kind, labels, cancellation);
        await foreach (var (text, label) in texts.WithCancellation(cancellation).ConfigureAwait(false))
            builder.Add(text, label);
        return builder.Build();
    }

    /// <summary>The classes, of which each has what training and testing need.</summary>
    /// <exception cref="UserErrorException">There is none, or one alone, or one has fewer than two rows.</exception>
    public ClassNames RequireClasses()
    {
        var there = Counted(Report.Labels);
        var readAs = Report.Shape == Name ? "" : $"; it was read as {Report.Shape}";
        if (Count == 0)
        {
            var wanted = string.Join(" or ", ClassList.Take(MaxNamed).Select(Excerpt.Of));
            var labels = there.Length == 0 ? "" : $"; its labels are {there}";
            throw new UserErrorException(
                $"'{Name}' holds no row with a text and a label{(wanted.Length == 0 ? "" : $" that is {wanted}")}; there is "
                + $"nothing to learn{labels}{readAs}");
        }

        var counts = new int[ClassList.Count];
        foreach (var label in Labels)
            counts[label]++;
        if (ClassList.Count < 2)
        {
            throw new UserErrorException(
                $"'{Name}' has one class only, {there}; a classifier needs two: add rows of another, or say by "
                + $"{Setting.LabelColumn} where they are named{readAs}");
        }

        if (Array.FindIndex(counts, count => count < 2) is >= 0 and var few)
        {
            throw new UserErrorException(
                $"'{Name}' has {Rows(counts[few])} with a text of the class '{Excerpt.Of(ClassList[few])}', and needs two, "
                + $"one to train on and one to test on; add some, or choose other classes by {Setting.Labels} (there are "
                + $"{there}){readAs}");
        }

        return new ClassNames(ClassList);

        static string Rows(int rows) =>
            string.Create(CultureInfo.InvariantCulture, $"{rows:N0} {(rows == 1 ? "row" : "rows")}");

        static string Counted(IReadOnlyDictionary<string, int> labels) =>
            string.Join(", ", labels.Take(MaxNamed).Select(pair => $"'{Excerpt.Of(pair.Key)}' ({Rows(pair.Value)})"))
            + (labels.Count > MaxNamed ? ", …" : "");
    }

    /// <summary>Rejects a split that leaves a class nothing to train on.</summary>
    /// <exception cref="UserErrorException">There is such a class.</exception>
    internal void RequireTrainingRows(ClassNames classes, TrainTestSplit split)
    {
        var trained = split.Train.Select(row => Labels[row]).ToHashSet();
        if (Enumerable.Range(0, classes.Count).FirstOrDefault(label => !trained.Contains(label), -1) is >= 0 and var missing)
        {
            throw new UserErrorException(
                $"all rows of the class '{Excerpt.Of(classes[missing])}' in '{Name}' fell to the test part, and none is left to "
                + $"train on; add some, or choose other classes by {Setting.Labels}");
        }
    }

    private static LabelledTextsBuilder BuilderFor(
        TokenKind kind, IReadOnlyList<string>? labels, CancellationToken cancellation) =>
        new(kind, new LabelTable(Chosen(labels, usual: null), known: null), threads: null, cancellation);

    private static IReadOnlyList<string>? Chosen(IReadOnlyList<string>? labels, IReadOnlyList<string>? usual) =>
        labels is null ? usual : labels.SequenceEqual(AllLabels) ? null : labels;

    private static LabelledTexts Read(
        string name, RowReader rows, BadRows bad, TokenKind kind, ReadOptions options,
        IReadOnlyList<string>? labels, int? threads, IProgress<ReadingProgress>? progress, CancellationToken cancellation)
    {
        var table = new LabelTable(Chosen(labels, rows.DefaultLabels), rows.KnownLabels);
        using var builder = new LabelledTextsBuilder(kind, table, threads, cancellation, rows.HasGroups);
        for (var row = 0L; rows.Read(); row++)
        {
            if (row % RowsPerReport == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new ReadingProgress(row, rows.Share));
            }

            builder.Add(rows.Text, rows.Label, rows.Group);
            if (table.IsFull)
            {
                throw new UserErrorException(
                    $"{rows.Place}: there are more than {LabelTable.MaxLabels:N0} different labels ({rows.Shape}); say by "
                    + $"{Setting.LabelColumn} where the right ones are");
            }
        }

        return builder.Build(name, rows.Sha256(), rows.Shape, rows.Columns, bad.Counts, options);
    }
}
