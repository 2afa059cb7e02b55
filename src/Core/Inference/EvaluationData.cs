using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Model;

namespace GpuLstm.Inference;

/// <summary>The rows on which a model is measured.</summary>
/// <param name="Part">Which rows of the file they are.</param>
/// <param name="FileRows">Rows of the model's classes with a text in the whole file.</param>
/// <param name="IsTrainingFile">
/// True for the file that the model was trained on, byte for byte: <see cref="EvaluationPart.All"/> then holds its training rows;
/// null where the model's version did not keep the hash.
/// </param>
/// <param name="Rows">The rows, encoded by the model's vocabulary.</param>
/// <param name="Report">What was found in the file.</param>
public sealed record EvaluationData(
    EvaluationPart Part, int FileRows, bool? IsTrainingFile, TokenMatrix Rows, ReadReport Report)
{
    private const int MaxNamed = 8;

    /// <summary>Reads a file for a model, as the file of its training was read.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">A file or a folder, see <see cref="LabelledTexts.FromFile"/>.</param>
    /// <param name="part">See <see cref="Of"/>.</param>
    /// <exception cref="UserErrorException">See <see cref="LabelledTexts.FromFile"/> and <see cref="Of"/>.</exception>
    public static EvaluationData FromFile(TrainedModel model, string path, EvaluationPart? part = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var texts = LabelledTexts.FromFile(path, model.Vocabulary.Kind, model.Config.Read, model.Config.Classes);
        return Of(model, texts, part);
    }

    /// <summary>Takes texts for a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">Texts of its classes and kind of tokens, whose memory this takes over.</param>
    /// <param name="part">
    /// Which rows; null for the test part of the file that the model was trained on, and all rows of any other.
    /// </param>
    /// <exception cref="UserErrorException">
    /// There is no row of the model's classes; or the test part of a file on which the model was not trained.
    /// </exception>
    public static EvaluationData Of(TrainedModel model, LabelledTexts texts, EvaluationPart? part = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Kind != model.Vocabulary.Kind)
            throw new ArgumentException($"the texts are split into another kind of tokens than the model's", nameof(texts));
        if (!texts.ClassList.SequenceEqual(model.Config.Classes))
            throw new ArgumentException($"the texts have other classes than the model", nameof(texts));
        if (texts.Count == 0)
        {
            throw new UserErrorException(
                $"'{texts.Name}' holds no text of the model's classes, {Names(model.Config.Classes)}: its labels are "
                + $"{Names(texts.Report.Labels.Keys)} ({texts.Report.Shape})");
        }

        bool? isTrainingFile = model.Config.DataSha256 is { } hash ? texts.Sha256 == hash : null;
        var isReadAlike = texts.Options == model.Config.Read;
        if (part == EvaluationPart.Test && !(isTrainingFile == true && isReadAlike))
        {
            throw new UserErrorException(
                isTrainingFile switch
                {
                    null => $"the model has format version {model.Config.FormatVersion}, which does not know its file again, so "
                        + $"there is no held-out part; train again",
                    true => $"'{texts.Name}' is read in another way than in the training, so its held-out part is not known; "
                        + $"leave out the options that say how it is read",
                    _ => $"'{texts.Name}' is not the file that the model was trained on, byte for byte, so it has no held-out "
                        + $"part; measure on all its rows",
                });
        }

        var chosen = part ?? (isTrainingFile == true && isReadAlike ? EvaluationPart.Test : EvaluationPart.All);
        int[] rows = chosen == EvaluationPart.Test
            ? PreparedData.SplitOf(
                texts, model.Config.Classes, model.Config.Limit, model.Config.LimitSeed ?? StratifiedSample.DefaultSeed).Test
            : [.. Enumerable.Range(0, texts.Count)];
        texts.Encoded.Renumber(model.Vocabulary.IndicesOf(texts.Tokens));
        return new EvaluationData(
            chosen, texts.Count, isTrainingFile,
            TokenMatrix.Of(texts.Encoded, texts.Labels, rows, model.Options.MaxLength), texts.Report);

        static string Names(IEnumerable<string> names) => string.Join(", ", names.Take(MaxNamed).Select(Excerpt.Of));
    }
}
