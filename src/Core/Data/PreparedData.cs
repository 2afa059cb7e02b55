namespace GpuLstm.Data;

/// <summary>The pipeline from a file to what a trainer needs: rows, split, vocabulary of the training texts, token matrices.</summary>
/// <param name="Vocabulary">Of the training texts.</param>
/// <param name="Train">Encoded training rows.</param>
/// <param name="Test">Encoded test rows.</param>
public sealed record PreparedData(Vocabulary Vocabulary, TokenMatrix Train, TokenMatrix Test)
{
    /// <summary>Prepares a file for training.</summary>
    /// <param name="path">A CSV of tweets.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="maxLength">The tokens a text is padded or cut to.</param>
    /// <param name="limit">Keep only the first so many rows; null for all.</param>
    /// <exception cref="UserErrorException">See <see cref="TweetFile.Read"/> and <see cref="SentimentTask.Select"/>; or too few rows to split.</exception>
    public static PreparedData FromFile(string path, TokenKind kind, int maxLength, int? limit = null)
    {
        var texts = SentimentTask.Select(TweetFile.Read(path), path, limit).Texts;
        if (texts.Count < 2)
            throw new UserErrorException($"'{path}' leaves {texts.Count} row; training and testing need 2 at least");
        var split = TrainTestSplit.Of(texts.Count);
        var vocabulary = Vocabulary.FromTexts(split.Train.Select(row => texts[row].Text), kind);
        return new PreparedData(vocabulary, Encode(texts, split.Train, vocabulary, maxLength), Encode(texts, split.Test, vocabulary, maxLength));
    }

    /// <summary>The test part of the file that a model was trained on, encoded by its vocabulary.</summary>
    public static TokenMatrix TestPart(string path, Vocabulary vocabulary, int maxLength, int? limit)
    {
        var texts = SentimentTask.Select(TweetFile.Read(path), path, limit).Texts;
        return Encode(texts, TrainTestSplit.Of(texts.Count).Test, vocabulary, maxLength);
    }

    /// <summary>All Positive and Negative rows of a file, encoded by a model's vocabulary.</summary>
    public static TokenMatrix AllRows(string path, Vocabulary vocabulary, int maxLength)
    {
        var texts = SentimentTask.Select(TweetFile.Read(path), path).Texts;
        return Encode(texts, [.. Enumerable.Range(0, texts.Count)], vocabulary, maxLength);
    }

    private static TokenMatrix Encode(IReadOnlyList<LabelledText> texts, int[] rows, Vocabulary vocabulary, int maxLength) =>
        TokenMatrix.Encode(
            [.. rows.Select(row => texts[row].Text)], [.. rows.Select(row => (float)texts[row].Label)], vocabulary, maxLength);
}
