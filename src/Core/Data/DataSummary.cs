namespace GpuLstm.Data;

/// <summary>A vocabulary entry.</summary>
/// <param name="Token">The token.</param>
/// <param name="Index">Its index.</param>
public sealed record VocabularyEntry(string Token, int Index);

/// <summary>What the pipeline makes of a file, in characters, as the article shows it.</summary>
/// <param name="Rows">Records in the file.</param>
/// <param name="Sentiments">Records by sentiment.</param>
/// <param name="KeptRows">Positive and Negative rows with a text.</param>
/// <param name="DroppedRows">Positive and Negative rows without a text.</param>
/// <param name="TrainRows">Rows to train on.</param>
/// <param name="TestRows">Rows to test on.</param>
/// <param name="TrainPositiveLabelShare">Share of label 1 (Negative) among the training rows.</param>
/// <param name="TestPositiveLabelShare">Share of label 1 (Negative) among the test rows.</param>
/// <param name="VocabularySize">Different characters of the training texts, and <c>&lt;UNK&gt;</c>.</param>
/// <param name="VocabularyHead">The first ten entries.</param>
/// <param name="Lengths">Lengths of the training texts in characters.</param>
public sealed record DataSummary(
    int Rows,
    IReadOnlyDictionary<string, int> Sentiments,
    int KeptRows,
    int DroppedRows,
    int TrainRows,
    int TestRows,
    double TrainPositiveLabelShare,
    double TestPositiveLabelShare,
    int VocabularySize,
    IReadOnlyList<VocabularyEntry> VocabularyHead,
    LengthStatistics Lengths)
{
    private const int HeadLength = 10;

    /// <summary>Summarises a file.</summary>
    /// <exception cref="UserErrorException">See <see cref="PreparedData.FromFile"/>.</exception>
    public static DataSummary FromFile(string path)
    {
        var tweets = TweetFile.Read(path);
        var task = SentimentTask.Select(tweets, path);
        var split = TrainTestSplit.Of(task.Texts.Count);
        var trainTexts = split.Train.Select(row => task.Texts[row].Text).ToList();
        var vocabulary = Vocabulary.FromTexts(trainTexts, TokenKind.Character);
        return new DataSummary(
            tweets.Count,
            Enum.GetValues<Sentiment>().ToDictionary(sentiment => $"{sentiment}", sentiment => tweets.Count(tweet => tweet.Sentiment == sentiment)),
            task.Texts.Count,
            task.Dropped,
            split.Train.Length,
            split.Test.Length,
            Share(split.Train),
            Share(split.Test),
            vocabulary.Size,
            [.. vocabulary.Tokens.Take(HeadLength).Select((token, n) => new VocabularyEntry(token, n + 1))],
            LengthStatistics.Describe(trainTexts.Select(text => text.EnumerateRunes().Count())));

        double Share(int[] rows) => rows.Average(row => (double)task.Texts[row].Label);
    }
}
