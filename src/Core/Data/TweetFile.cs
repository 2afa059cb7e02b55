using System.Globalization;
using System.Text;
using System.Text.Unicode;
using CsvHelper;

namespace GpuLstm.Data;

/// <summary>Reads and writes tweets as CSV: tweet id, entity, sentiment, text; UTF-8, RFC 4180 quoting, no header.</summary>
public static class TweetFile
{
    private const int Columns = 4;
    private static readonly string[] Sentiments = Enum.GetNames<Sentiment>();

    /// <summary>Reads a whole file; line ends may be LF or CRLF, also inside quoted texts.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or is not what it should be; the message names file and line.</exception>
    public static IReadOnlyList<Tweet> Read(string path)
    {
        var bytes = ReadBytes(path);
        CheckUtf8(path, bytes);
        CsvMalformedRecord? malformed = null;
        using var csv = CsvReader.Create(bytes, CsvReaderOptions.Default with
        {
            Separator = ',',
            HasHeader = false,
            TrackLineNumbers = true,
            OnMalformedRecord = record => malformed = record,
            PoolStrings = true,
        });
        var tweets = new List<Tweet>();
        while (csv.Read())
        {
            if (malformed is { } record)
                throw new UserErrorException($"'{path}' line {record.LineNumber}: broken quoting, {Explain(record.Reason)}");
            tweets.Add(Parse(path, csv));
        }

        if (tweets.Count == 0)
            throw new UserErrorException($"'{path}' is empty; it should hold the columns tweet id, entity, sentiment, text without a header");
        return tweets;
    }

    /// <summary>Writes tweets with LF line ends; what <see cref="Read"/> reads back unchanged.</summary>
    public static void Write(Stream stream, IEnumerable<Tweet> tweets)
    {
        using var csv = CsvWriter.Create(stream, CsvWriterOptions.Default with { NewLine = "\n" }, leaveOpen: true);
        foreach (var tweet in tweets)
        {
            csv.WriteField(tweet.Id.ToString(CultureInfo.InvariantCulture));
            csv.WriteField(tweet.Entity);
            csv.WriteField(tweet.Sentiment.ToString());
            csv.WriteField(tweet.Text);
            csv.EndRecord();
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new UserErrorException($"'{path}' is a folder; give a CSV file as --data");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new UserErrorException($"there is no file '{path}'; give a CSV file as --data", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot read '{path}': {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static void CheckUtf8(string path, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return;
        var (line, offset) = (1, 0);
        while (Rune.DecodeFromUtf8(bytes[offset..], out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            line += rune.Value == '\n' ? 1 : 0;
            offset += length;
        }

        throw new UserErrorException(
            $"'{path}' line {line}: byte {offset} (0x{bytes[offset]:X2}) is not UTF-8; save the file as UTF-8");
    }

    private static Tweet Parse(string path, CsvReader csv)
    {
        if (csv.FieldCount != Columns)
        {
            throw new UserErrorException(
                $"'{path}' line {csv.LineNumber}: {csv.FieldCount} {(csv.FieldCount == 1 ? "column" : "columns")} instead of {Columns} (tweet id, entity, sentiment, text); quote texts with commas");
        }

        if (!long.TryParse(csv.GetString(0), NumberStyles.Integer, CultureInfo.InvariantCulture, out var id))
        {
            throw new UserErrorException(
                $"'{path}' line {csv.LineNumber}: the tweet id '{Shorten(csv.GetString(0))}' is not a whole number; remove a header line if there is one");
        }

        var sentiment = Array.IndexOf(Sentiments, csv.GetString(2));
        if (sentiment < 0)
        {
            throw new UserErrorException(
                $"'{path}' line {csv.LineNumber}: unknown sentiment '{Shorten(csv.GetString(2))}'; it must be one of {string.Join(", ", Sentiments)}");
        }

        return new Tweet(id, csv.GetString(1), (Sentiment)sentiment, csv.GetString(3));
    }

    private static string Explain(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.UnterminatedQuote => "a quoted field is never closed; close it with a second quote",
        CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quote; double the quotes inside a quoted field",
        _ => "a quote stands inside a field without quotes; enclose the field in quotes and double those inside",
    };

    private static string Shorten(string field)
    {
        const int Most = 30;
        var clean = string.Concat(field.Select(c => char.IsControl(c) ? '?' : c));
        return clean.Length <= Most ? clean : clean[..Most] + "…";
    }
}
