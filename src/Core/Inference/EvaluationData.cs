using GpuLstm.Data;
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
public sealed record EvaluationData(EvaluationPart Part, int FileRows, bool? IsTrainingFile, TokenMatrix Rows)
{
    /// <summary>Reads a file for a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">A CSV of tweets.</param>
    /// <param name="part">
    /// Which rows; null for the test part of the file that the model was trained on, and all rows of any other.
    /// </param>
    /// <exception cref="UserErrorException">
    /// See <see cref="TweetFile.Read"/> and <see cref="SentimentTask.Select"/>; or the test part of a file on which the model was
    /// not trained.
    /// </exception>
    public static EvaluationData FromFile(TrainedModel model, string path, EvaluationPart? part = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var file = TweetFile.ReadWithHash(path);
        var task = SentimentTask.Select(file.Tweets, path, model.Config.Classes);
        bool? isTrainingFile = model.Config.DataSha256 is { } hash ? file.Sha256 == hash : null;
        if (part == EvaluationPart.Test && isTrainingFile != true)
        {
            throw new UserErrorException(
                isTrainingFile is null
                    ? $"the model has format version {model.Config.FormatVersion}, which does not know its file again, so there "
                        + $"is no held-out part; train again"
                    : $"'{path}' is not the file that the model was trained on, byte for byte, so it has no held-out part; "
                        + $"measure on all its rows");
        }

        var chosen = part ?? (isTrainingFile == true ? EvaluationPart.Test : EvaluationPart.All);
        int[] rows = chosen == EvaluationPart.Test
            ? TrainTestSplit.Of(task.Texts.Count)
            .Limited(task.Texts, model.Config.Limit, model.Config.LimitSeed ?? StratifiedSample.DefaultSeed).Test
            : [.. Enumerable.Range(0, task.Texts.Count)];
        return new EvaluationData(
            chosen, task.Texts.Count, isTrainingFile,
            TokenMatrix.EncodeRows(task.Texts, rows, model.Vocabulary, model.Options.MaxLength));
    }
}
