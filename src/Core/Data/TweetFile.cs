using System.Globalization;
using System.Security.Cryptography;
using CsvHelper;
using GpuLstm.Files;

namespace GpuLstm.Data;

/// <summary>Reads and writes tweets as CSV: tweet id, entity, sentiment, text; UTF-8, RFC 4180 quoting, no header.</summary>
public static class TweetFile
{
    private const int Columns = 4;
    private static readonly string[] Sentiments = Enum.GetNames<Sentiment>();

    /// <summary>Reads a whole file, of any size; line ends may be LF or CRLF, also inside quoted texts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxRecordBytes">The most bytes of one record, quotes included; 16 MB by default.</param>
    /// <exception cref="UserErrorException">
    /// The file cannot be read, or is not what it should be; the message names file and line.
    /// </exception>
    public static IReadOnlyList<Tweet> Read(string path, int maxRecordBytes = TextLimit.DefaultBytes) =>
        ReadWithHash(path, maxRecordBytes).Tweets;

    /// <summary>The same, and the hash of the file.</summary>
    /// <inheritdoc cref="Read"/>
    public static TweetFileContent ReadWithHash(string path, int maxRecordBytes = TextLimit.DefaultBytes)
    {
        using var file = Open(path);
        using var sha256 = SHA256.Create();
        try
        {
            using var hashed = new CryptoStream(file, sha256, CryptoStreamMode.Read); // passes the bytes on as they are
            var tweets = ReadFrom(hashed, path, maxRecordBytes);
            return new TweetFileContent(tweets, Convert.ToHexStringLower(sha256.Hash!));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotRead(path, e);
        }
    }

    /// <summary>Reads what an open file holds.</summary>
    /// <param name="stream">The file, from its beginning; it stays open.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="maxRecordBytes">The most bytes of one record.</param>
    internal static IReadOnlyList<Tweet> ReadFrom(Stream stream, string name, int maxRecordBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRecordBytes, 1);
        CsvMalformedRecord? malformed = null;
        using var csv = CsvReader.Create(new Utf8Stream(stream, name), CsvReaderOptions.Default with
        {
            Separator = ',',
            HasHeader = false,
            TrackLineNumbers = true,
            OnMalformedRecord = record => malformed = record,
            PoolStrings = true,
            MaxRecordSize = maxRecordBytes,
        });
        var tweets = new List<Tweet>();
        try
        {
            while (csv.Read())
            {
                if (csv.Current.RawRecord.Length > maxRecordBytes) // a record that was whole in the buffer
                    throw TooLong(name, csv.LineNumber, maxRecordBytes);
                if (malformed is { } record)
                    throw new UserErrorException($"'{name}' line {record.LineNumber}: broken quoting, {Explain(record.Reason)}");
                tweets.Add(Parse(name, csv));
            }
        }
        catch (CsvFormatException e)
        {
            throw TooLong(name, e.LineNumber, maxRecordBytes, e);
        }

        if (tweets.Count == 0)
        {
            throw new UserErrorException(
                $"'{name}' is empty; it should hold the columns tweet id, entity, sentiment, text without a header");
        }

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

    private static FileStream Open(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new UserErrorException($"'{path}' is a folder; give a CSV file");
            return new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new UserErrorException($"there is no file '{path}'; give a CSV file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotRead(path, e);
        }
    }

    private static UserErrorException TooLong(string name, long line, int maxRecordBytes, CsvFormatException? cause = null) =>
        new(
        $"'{name}' line {line}: a field or record is longer than {TextLimit.Name(maxRecordBytes)}; shorten it, or close the "
        + $"quote that runs on",
        cause);

    private static Tweet Parse(string name, CsvReader csv)
    {
        if (csv.FieldCount != Columns)
        {
            throw new UserErrorException(
                $"'{name}' line {csv.LineNumber}: {csv.FieldCount} {(csv.FieldCount == 1 ? "column" : "columns")} instead of "
                + $"{Columns} (tweet id, entity, sentiment, text); quote texts with commas");
        }

        if (!long.TryParse(csv.GetString(0), NumberStyles.Integer, CultureInfo.InvariantCulture, out var id))
        {
            throw new UserErrorException(
                $"'{name}' line {csv.LineNumber}: the tweet id '{Excerpt.Of(csv.GetString(0))}' is not a whole number; remove "
                + $"a header line if there is one");
        }

        var sentiment = Array.IndexOf(Sentiments, csv.GetString(2));
        if (sentiment < 0)
        {
            throw new UserErrorException(
                $"'{name}' line {csv.LineNumber}: unknown sentiment '{Excerpt.Of(csv.GetString(2))}'; it must be one of "
                + $"{string.Join(", ", Sentiments)}");
        }

        return new Tweet(id, csv.GetString(1), (Sentiment)sentiment, csv.GetString(3));
    }

    private static string Explain(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.UnterminatedQuote => "a quoted field is never closed; close it with a second quote",
        CsvMalformedReason.TextAfterClosingQuote => "text follows a closing quote; double the quotes inside a quoted field",
        _ => "a quote stands inside a field without quotes; enclose the field in quotes and double those inside",
    };
}
