using System.Globalization;
using CsvHelper;

namespace GpuLstm.TweetGenerator;

/// <summary>Writes tweets as the article's file has them: id, entity, sentiment, text; UTF-8, RFC 4180, no header.</summary>
public static class TweetFile
{
    /// <summary>Writes tweets with LF line ends.</summary>
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
}
