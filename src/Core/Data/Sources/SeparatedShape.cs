using System.Globalization;
using CsvHelper;

namespace GpuLstm.Data.Sources;

/// <summary>What a file of separated columns was recognised as.</summary>
/// <param name="Separator">What separates its columns.</param>
/// <param name="Mode">Whether quotes are quotes, or characters as any.</param>
/// <param name="HasHeader">Whether its first record names the columns.</param>
/// <param name="Columns">All columns.</param>
/// <param name="Roles">Which are read.</param>
/// <param name="Known">The data set that it is; null for none that is known.</param>
internal sealed record SeparatedShape(
    char Separator, CsvMode Mode, bool HasHeader, IReadOnlyList<Column> Columns, ColumnRoles Roles,
    KnownShape? Known)
{
    private const int SampleRows = 1000;
    private const int MaxHeaderLength = 64;

    /// <summary>Recognises a file by its first bytes.</summary>
    /// <param name="input">The file.</param>
    /// <param name="options">What is given of it.</param>
    /// <exception cref="UserErrorException">It is empty, or its columns cannot be told.</exception>
    public static SeparatedShape Of(DataInput input, ReadOptions options)
    {
        var separator = options.Separator ?? Detected(input);
        var mode = separator == '\t' && !NeedsQuotes(input) ? CsvMode.NoEscape : CsvMode.Rfc4180;
        var records = Records(input, separator, mode);
        if (records.Count == 0)
        {
            throw new UserErrorException(
                $"'{input.Name}' is empty; give labelled texts: columns with a text and a label, JSON lines, or fastText's form");
        }

        var width = records[0].Length;
        if (width < 2)
        {
            throw new UserErrorException(
                $"'{input.Name}' line 1: 1 column where a text and a label are expected; separate them by commas, tabs or "
                + $"semicolons, or say by what they are ({Setting.Separator})");
        }

        var fitting = records.Where(record => record.Length == width).ToList();
        if (KnownShape.Of(options, separator, fitting) is { } known)
        {
            Column[] plain = [.. Enumerable.Range(0, width).Select(n => new Column(n, Name: null))];
            return new(
                separator, mode, HasHeader: false, plain,
                new ColumnRoles(plain[known.Text], plain[known.Label], ColumnRoles.GivenGroup(options, plain, input.Name)),
                known);
        }

        var hasHeader = IsHeader(fitting, options);
        Column[] columns =
        [
            .. records[0].Select((name, n) => new Column(n, hasHeader && !string.IsNullOrWhiteSpace(name) ? name.Trim() : null)),
        ];
        var rows = hasHeader ? fitting[1..] : fitting;
        if (rows.Count == 0 && records.Count > 1)
        {
            throw new UserErrorException(
                $"'{input.Name}' line 2: {records[1].Length} columns instead of {width} ({string.Join(", ", columns)}), and so "
                + $"in all rows; quote texts with '{separator}' in them");
        }

        if (rows.Count == 0 && input.IsWhole)
            throw new UserErrorException($"'{input.Name}' holds a header and no row; add labelled texts");
        var roles = ColumnRoles.Of(options, columns, rows, input.Name);
        return new(separator, mode, hasHeader, columns, roles, Known: null);
    }

    /// <summary>What it is and which column is what, for the user.</summary>
    public override string ToString()
    {
        var kind = Separator switch
        {
            ',' => "CSV",
            '\t' => "TSV",
            _ => $"columns separated by '{Separator}'",
        };
        return $"{Known?.Name ?? $"{kind} {(HasHeader ? "with a header" : "without a header")}"}; {Roles}";
    }

    private static char Detected(DataInput input)
    {
        using var csv = CsvReader.Create(
            input.Sample, CsvReaderOptions.Default with { HasHeader = false, DetectSeparatorHint = false });
        csv.ReadHeader();
        return csv.Separator;
    }

    // The last one may go on behind the sample.
    private static List<string[]> Records(DataInput input, char separator, CsvMode mode) =>
        Records(input, separator, mode, out _);

    private static List<string[]> Records(DataInput input, char separator, CsvMode mode, out int malformedRecords)
    {
        var malformed = 0;
        using var csv = CsvReader.Create(
            input.Sample,
            CsvReaderOptions.Default with
            {
                HasHeader = false,
                Separator = separator,
                Mode = mode,
                OnMalformedRecord = record => malformed += record.Reason == CsvMalformedReason.UnterminatedQuote ? 0 : 1,
            });
        var records = new List<string[]>();
        while (records.Count <= SampleRows && csv.Read())
            records.Add([.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)]);
        if (!input.IsWhole && records.Count is > 1 and <= SampleRows)
            records.RemoveAt(records.Count - 1);
        malformedRecords = malformed;
        return records;
    }

    /// <summary>
    /// Whether quotes are needed to read a table with tabs: only where a field holds a tab, a line break or a quote, and as many
    /// of the rows have all columns. In tables of programs that know no quotes, such as SST-2's, a quote is a part of its text.
    /// </summary>
    private static bool NeedsQuotes(DataInput input)
    {
        var quoted = Records(input, '\t', CsvMode.Rfc4180, out var malformed);
        return quoted.Any(record => record.Any(field => field.AsSpan().ContainsAny("\t\n\"")))
            && Fitting(quoted, malformed) >= Fitting(Records(input, '\t', CsvMode.NoEscape), malformed: 0);

        // The share of them.
        static double Fitting(List<string[]> records, int malformed) =>
            (double)(records.Count(record => record.Length == records[0].Length) - malformed) / records.Count;
    }

    private static bool IsHeader(List<string[]> records, ReadOptions options)
    {
        string[] first = [.. records[0].Select(name => name.Trim())];
        string?[] given = [options.TextColumn, options.LabelColumn, options.GroupColumn];
        if (given.Any(name => name?.All(char.IsAsciiDigit) == false && first.Contains(name, StringComparer.OrdinalIgnoreCase)))
            return true; // a number is one of a column
        if (first.Any(IsNumber))
            return false;

        // Or no usual name, but a column of numbers below a word, or a word that none of some repeated ones below is.
        return Enumerable.Range(0, first.Length).Any(column => IsNamed(column));

        bool IsNamed(int column)
        {
            var below = records.Skip(1).Select(record => record[column].Trim()).ToList();
            if (first[column].Length is 0 or > MaxHeaderLength)
                return false;
            if (ColumnRoles.IsUsualName(first[column]))
                return !below.Contains(first[column]); // or it is a label itself, such as "question"
            return below.Count > 1
                && (below.All(IsNumber)
                    || (!below.Contains(first[column]) && below.Distinct().Count() <= below.Count / 4));
        }

        static bool IsNumber(string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
    }
}
