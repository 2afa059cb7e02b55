namespace GpuLstm.Data;

/// <summary>
/// The pipeline from a file to what a trainer needs: rows, split, vocabulary of the training texts, token matrices.
/// </summary>
/// <param name="Vocabulary">Of the training texts.</param>
/// <param name="Train">Encoded training rows.</param>
/// <param name="Test">Encoded test rows.</param>
/// <param name="Classes">By label.</param>
/// <param name="Sha256">Of the file's bytes, in hexadecimal; by it a model knows the file again.</param>
public sealed record PreparedData(
    Vocabulary Vocabulary, TokenMatrix Train, TokenMatrix Test, ClassNames Classes, string Sha256)
{
    /// <summary>Prepares a file for training.</summary>
    /// <param name="path">A CSV of tweets.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="maxLength">The tokens a text is padded or cut to.</param>
    /// <param name="minCount">How often a token must occur in the training texts, see <see cref="Vocabulary.FromTexts"/>.</param>
    /// <param name="limit">Use only so many rows, see <see cref="TrainTestSplit.Limited"/>; null for all.</param>
    /// <param name="classes">The sentiments to tell apart; null for Positive and Negative.</param>
    /// <exception cref="UserErrorException">
    /// See <see cref="TweetFile.Read"/>, <see cref="SentimentTask.Select"/> and <see cref="Vocabulary.FromTexts"/>; or a class
    /// without a row.
    /// </exception>
    public static PreparedData FromFile(string path, TokenKind kind, int maxLength, int minCount = 1, int? limit = null,
        ClassNames? classes = null)
    {
        var file = TweetFile.ReadWithHash(path);
        var task = SentimentTask.Select(file.Tweets, path, classes);
        return FromTask(task, Split(task, path, limit), file.Sha256, kind, maxLength, minCount);
    }

    /// <summary>The split of a training's rows.</summary>
    internal static TrainTestSplit Split(SentimentTask task, string path, int? limit)
    {
        TrainTestSplit.CheckLimit(limit, task.Classes.Count);
        task.RequireAllClasses(path);
        return TrainTestSplit.Of(task.Texts.Count).Limited(task.Texts, limit);
    }

    internal static PreparedData FromTask(
        SentimentTask task, TrainTestSplit split, string sha256, TokenKind kind, int maxLength, int minCount)
    {
        var vocabulary = Vocabulary.FromTexts(split.Train.Select(row => task.Texts[row].Text), kind, minCount);
        return new PreparedData(
            vocabulary, TokenMatrix.EncodeRows(task.Texts, split.Train, vocabulary, maxLength),
            TokenMatrix.EncodeRows(task.Texts, split.Test, vocabulary, maxLength), task.Classes, sha256);
    }
}
