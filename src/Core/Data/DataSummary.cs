namespace GpuLstm.Data;

/// <summary>A vocabulary entry.</summary>
/// <param name="Token">The token.</param>
/// <param name="Index">Its index.</param>
public sealed record VocabularyEntry(string Token, int Index);

/// <summary>What a training would make of a file.</summary>
/// <param name="Rows">Records in the file.</param>
/// <param name="Sentiments">Records by sentiment.</param>
/// <param name="Classes">The classes, by label.</param>
/// <param name="KeptRows">Rows of these with a text.</param>
/// <param name="DroppedRows">Rows of these without a text.</param>
/// <param name="TrainRows">Rows to train on.</param>
/// <param name="TestRows">Rows to test on.</param>
/// <param name="TrainShares">Each class's share of the training rows.</param>
/// <param name="TestShares">Each class's share of the test rows.</param>
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
    IReadOnlyList<string> Classes,
    int KeptRows,
    int DroppedRows,
    int TrainRows,
    int TestRows,
    IReadOnlyList<double> TrainShares,
    IReadOnlyList<double> TestShares,
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
    public static DataSummary FromFile(string path, TokenKind kind, int maxLength, int minCount = 1, int? limit = null,
        ClassNames? classes = null)
    {
        var file = TweetFile.ReadWithHash(path);
        var task = SentimentTask.Select(file.Tweets, path, classes);
        var split = PreparedData.Split(task, path, limit);
        var data = PreparedData.FromTask(task, split, file.Sha256, kind, maxLength, minCount);
        return new DataSummary(
            file.Tweets.Count,
            Enum.GetValues<Sentiment>()
                .ToDictionary(sentiment => $"{sentiment}", sentiment => file.Tweets.Count(tweet => tweet.Sentiment == sentiment)),
            task.Classes,
            task.Texts.Count,
            task.Dropped,
            data.Train.Rows,
            data.Test.Rows,
            Shares(data.Train),
            Shares(data.Test),
            data.Vocabulary.Size,
            [.. data.Vocabulary.Tokens.Take(HeadLength).Select((token, n) => new VocabularyEntry(token, n + 1))],
            UnknownShare(data.Train),
            UnknownShare(data.Test),
            LengthStatistics.Describe(split.Train.Select(row => Tokenizer.Split(task.Texts[row].Text, kind).Count())),
            data.Train.CutRows,
            data.Test.CutRows);

        double[] Shares(TokenMatrix rows) =>
            [.. task.Classes.Select((_, label) => (double)rows.Labels.AsSpan().Count(label) / Math.Max(1, rows.Rows))];

        double UnknownShare(TokenMatrix rows) =>
            (double)rows.Tokens.AsSpan()
                .Count(data.Vocabulary.UnknownIndex) / Math.Max(1, rows.Lengths.Sum(length => (long)length));
    }
}
