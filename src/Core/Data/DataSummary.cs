namespace GpuLstm.Data;

/// <summary>A vocabulary entry.</summary>
/// <param name="Token">The token.</param>
/// <param name="Index">Its index.</param>
public sealed record VocabularyEntry(string Token, int Index);

/// <summary>What a training would make of a file.</summary>
/// <param name="Rows">Records in the file.</param>
/// <param name="Sentiments">Records by sentiment.</param>
/// <param name="KeptRows">Positive and Negative rows with a text.</param>
/// <param name="DroppedRows">Positive and Negative rows without a text.</param>
/// <param name="TrainRows">Rows to train on.</param>
/// <param name="TestRows">Rows to test on.</param>
/// <param name="TrainPositiveLabelShare">Share of label 1 (Negative) among the training rows.</param>
/// <param name="TestPositiveLabelShare">Share of label 1 (Negative) among the test rows.</param>
/// <param name="VocabularySize">Different tokens of the training texts that are not too rare, and <c>&lt;UNK&gt;</c>.</param>
/// <param name="VocabularyHead">The first ten entries.</param>
/// <param name="TrainUnknownShare">Share of <c>&lt;UNK&gt;</c> among the training rows' tokens.</param>
/// <param name="TestUnknownShare">The same of the test rows.</param>
/// <param name="Lengths">Lengths of the training texts in tokens, before they are cut.</param>
/// <param name="TrainCutRows">Training rows that are cut.</param>
/// <param name="TestCutRows">Test rows that are cut.</param>
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
    double TrainUnknownShare,
    double TestUnknownShare,
    LengthStatistics Lengths,
    int TrainCutRows,
    int TestCutRows)
{
    private const int HeadLength = 10;

    /// <summary>Summarises a file.</summary>
    /// <inheritdoc cref="PreparedData.FromFile"/>
    public static DataSummary FromFile(string path, TokenKind kind, int maxLength, int minCount = 1, int? limit = null)
    {
        var file = TweetFile.ReadWithHash(path);
        var task = SentimentTask.Select(file.Tweets, path);
        var split = PreparedData.Split(task, path, limit);
        var data = PreparedData.FromTask(task, split, file.Sha256, kind, maxLength, minCount);
        return new DataSummary(
            file.Tweets.Count,
            Enum.GetValues<Sentiment>()
                .ToDictionary(sentiment => $"{sentiment}", sentiment => file.Tweets.Count(tweet => tweet.Sentiment == sentiment)),
            task.Texts.Count,
            task.Dropped,
            data.Train.Rows,
            data.Test.Rows,
            data.Train.Labels.Average(label => (double)label),
            data.Test.Labels.Average(label => (double)label),
            data.Vocabulary.Size,
            [.. data.Vocabulary.Tokens.Take(HeadLength).Select((token, n) => new VocabularyEntry(token, n + 1))],
            UnknownShare(data.Train),
            UnknownShare(data.Test),
            LengthStatistics.Describe(split.Train.Select(row => Tokenizer.Split(task.Texts[row].Text, kind).Count())),
            data.Train.CutRows,
            data.Test.CutRows);

        double UnknownShare(TokenMatrix rows) =>
            (double)rows.Tokens.AsSpan()
                .Count(data.Vocabulary.UnknownIndex) / Math.Max(1, rows.Lengths.Sum(length => (long)length));
    }
}
