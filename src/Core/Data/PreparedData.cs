using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>
/// The pipeline from labelled texts to what a trainer needs: split, vocabulary of the training texts, token matrices.
/// </summary>
/// <param name="Vocabulary">Of the training texts.</param>
/// <param name="Train">Encoded training rows.</param>
/// <param name="Test">Encoded test rows.</param>
/// <param name="Classes">By label.</param>
/// <param name="Sha256">Of the file's bytes, in hexadecimal; by it a model knows the file again.</param>
/// <param name="Name">The file's name without its path, or what the source is called.</param>
/// <param name="Options">How it was read.</param>
/// <param name="Report">What was found in it.</param>
public sealed record PreparedData(
    Vocabulary Vocabulary, TokenMatrix Train, TokenMatrix Test, ClassNames Classes, string Sha256, string Name,
    ReadOptions Options, ReadReport Report)
{
    /// <summary>Prepares a file, or a folder with a folder for each class, for training.</summary>
    /// <param name="path">See <see cref="LabelledTexts.FromFile"/>.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="maxLength">The tokens a text is cut to.</param>
    /// <param name="minCount">How often a token must occur in the training texts, see <see cref="Vocabulary.FromTexts"/>.</param>
    /// <param name="limit">Use only so many rows, see <see cref="TrainTestSplit.Limited"/>; null for all.</param>
    /// <param name="labels">The labels to tell apart, see <see cref="LabelledTexts.FromFile"/>.</param>
    /// <param name="options">How the file is read; null: all is recognised.</param>
    /// <exception cref="UserErrorException">See <see cref="LabelledTexts.FromFile"/> and <see cref="Of"/>.</exception>
    public static PreparedData FromFile(
        string path, TokenKind kind, int maxLength, int minCount = 1, int? limit = null, IReadOnlyList<string>? labels = null,
        ReadOptions? options = null) =>
        Of(LabelledTexts.FromFile(path, kind, options, labels), maxLength, minCount, limit);

    /// <summary>Prepares texts for training.</summary>
    /// <param name="texts">The texts, whose memory this takes over.</param>
    /// <param name="maxLength">The tokens a text is cut to.</param>
    /// <param name="minCount">How often a token must occur in the training texts, see <see cref="Vocabulary.FromTexts"/>.</param>
    /// <param name="limit">Use only so many rows, see <see cref="TrainTestSplit.Limited"/>; null for all.</param>
    /// <exception cref="UserErrorException">
    /// See <see cref="LabelledTexts.RequireClasses"/> and <see cref="Vocabulary.FromTexts"/>; or a limit that is too small.
    /// </exception>
    public static PreparedData Of(LabelledTexts texts, int maxLength, int minCount = 1, int? limit = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var classes = texts.RequireClasses();
        var split = SplitOf(texts, classes, limit);
        texts.RequireTrainingRows(classes, split);
        var vocabulary = Vocabulary.Of(texts.Encoded, texts.Tokens, split.Train, texts.Kind, minCount);
        texts.Encoded.Renumber(vocabulary.IndicesOf(texts.Tokens));
        return new PreparedData(
            vocabulary, TokenMatrix.Of(texts.Encoded, texts.Labels, split.Train, maxLength),
            TokenMatrix.Of(texts.Encoded, texts.Labels, split.Test, maxLength), classes, texts.Sha256, texts.Name,
            texts.Options, texts.Report);
    }

    /// <summary>The split of a training's rows.</summary>
    internal static TrainTestSplit SplitOf(
        LabelledTexts texts, ClassNames classes, int? limit, uint seed = StratifiedSample.DefaultSeed)
    {
        TrainTestSplit.CheckLimit(limit, classes.Count);
        var whole = texts.Groups is { } groups ? TrainTestSplit.OfGroups(groups) : TrainTestSplit.Of(texts.Count);
        return whole.Limited(texts.Labels, limit, seed);
    }
}
