using System.Text;
using CsvHelper;

namespace GpuLstm.Data.Sources;

/// <summary>
/// Columns with commas, tabs or another character between, as CsvHelper reads them: quoted fields may hold line breaks, and a
/// quote within is doubled (RFC 4180).
/// </summary>
internal sealed class SeparatedRows : RowReader
{
    private readonly DataInput input;
    private readonly BadRows bad;
    private readonly SeparatedShape shape;
    private readonly CsvReader csv;
    private readonly int maxRowBytes;
    private readonly HashSet<string>? known;
    private CsvMalformedRecord? malformed;

    /// <param name="input">The file, which is disposed of with this.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="bad">Is told of bad rows.</param>
    /// <exception cref="UserErrorException">It is empty, or its columns cannot be told.</exception>
    public SeparatedRows(DataInput input, ReadOptions options, BadRows bad)
    {
        (this.input, this.bad, maxRowBytes) = (input, bad, options.MaxRowBytes);
        shape = SeparatedShape.Of(input, options);
        known = shape.Known?.Labels?.ToHashSet(StringComparer.Ordinal);
        csv = CsvReader.Create(input.Text, CsvReaderOptions.Default with
        {
            Separator = shape.Separator,
            Mode = shape.Mode,
            HasHeader = shape.HasHeader,
            TrackLineNumbers = true,
            OnMalformedRecord = record => malformed = record,
            MaxRecordSize = maxRowBytes,
        });
    }

    public override string Shape => shape.ToString();

    public override IReadOnlyList<string> Columns => [.. shape.Columns.Select(column => column.Name).OfType<string>()];

    public override IReadOnlyList<string>? KnownLabels => shape.Known?.Labels;

    public override IReadOnlyList<string>? DefaultLabels => shape.Known?.Usual;

    public override bool HasGroups => shape.Roles.Group is not null;

    public override double? Share => input.Share;

    public override string Place => $"'{input.Name}' line {csv.LineNumber}";

    public override ReadOnlySpan<byte> Text => csv.GetSpan(shape.Roles.Text.Index);

    public override ReadOnlySpan<byte> Label => csv.GetSpan(shape.Roles.Label.Index);

    public override ReadOnlySpan<byte> Group => shape.Roles.Group is { } group ? csv.GetSpan(group.Index) : default;

    public override bool Read()
    {
        try
        {
            while (csv.Read())
            {
                if (csv.RawRecord.Length > maxRowBytes) // a record that was whole in the buffer
                    throw TooLong(csv.LineNumber);
                if (IsGood())
                    return true;
            }
        }
        catch (CsvFormatException e)
        {
            throw TooLong(e.LineNumber, e);
        }

        return false;
    }

    public override string Sha256() => input.Sha256();

    public override void Dispose()
    {
        csv.Dispose();
        input.Dispose();
    }

    private bool IsGood()
    {
        if (malformed is { } record)
        {
            malformed = null;
            var (reason, advice) = Explain(record.Reason);
            if (record.Reason == CsvMalformedReason.UnterminatedQuote && csv.RawRecord.TrimEnd("\r\n"u8).Contains((byte)'\n'))
            {
                // All rows behind it would be one that is left out.
                throw new UserErrorException(
                    $"'{input.Name}' line {record.LineNumber}: broken quoting, {reason} and runs to the file's end; {advice}");
            }

            bad.Add($"'{input.Name}' line {record.LineNumber}", $"broken quoting, {reason}", $"{advice}");
        }
        else if (csv.FieldCount != shape.Columns.Count)
        {
            var names = Columns.Count > 0 ? $" ({string.Join(", ", Columns.Select(Excerpt.Of))})" : "";
            bad.Add(
                Place, $"{csv.FieldCount} {(csv.FieldCount == 1 ? "column" : "columns")} instead of {shape.Columns.Count}{names}",
                $"quote texts with '{shape.Separator}' in them", $"not {shape.Columns.Count} columns");
        }
        else if (Utf8Text.IndexOfInvalid(csv.RawRecord) is >= 0 and var invalid)
        {
            bad.Add(Place, NotUtf8.Reason(csv.RawRecord, invalid), NotUtf8.Advice, NotUtf8.Kind);
        }
        else if (known is not null && Encoding.UTF8.GetString(Label).Trim() is { Length: > 0 } label && !known.Contains(label))
        {
            bad.Add(
                Place, $"unknown label '{Excerpt.Of(label)}'",
                $"it must be one of {string.Join(", ", known)}, or say which columns to read by {Setting.TextColumn} and "
                + $"{Setting.LabelColumn}",
                "an unknown label");
        }
        else
        {
            return true;
        }

        return false;
    }

    private UserErrorException TooLong(long line, CsvFormatException? cause = null) => new(
        $"'{input.Name}' line {line}: a field or row is longer than {TextLimit.Name(maxRowBytes)}; shorten it, or close the "
        + $"quote that runs on", cause);

    private static (string Reason, string Advice) Explain(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.UnterminatedQuote => ("a quoted field is never closed", "close it with a second quote"),
        CsvMalformedReason.TextAfterClosingQuote =>
            ("text follows a closing quote", "double the quotes inside a quoted field"),
        _ => (
            "a quote stands inside a field without quotes", "enclose the field in quotes and double those inside"),
    };
}
