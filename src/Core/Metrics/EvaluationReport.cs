using GpuLstm.Kernels.Operations;

namespace GpuLstm.Metrics;

/// <summary>What a model is worth on labelled rows.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Accuracy">Share of the rows classified right.</param>
/// <param name="AccuracyInterval">
/// Where the accuracy on all such texts lies with a probability of 95 %: <see cref="WilsonInterval"/>, if the rows are
/// independent.
/// </param>
/// <param name="MajorityShare">Share of the most frequent class: the accuracy of always answering it.</param>
/// <param name="Classes">Names of the classes, by label.</param>
/// <param name="Confusion">Rows by true label, then by the model's answer: [C][C].</param>
public sealed record EvaluationReport(
    int Rows, double Loss, double Accuracy, WilsonInterval AccuracyInterval, double MajorityShare,
    IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<int>> Confusion)
{
    /// <summary>Reports the answers to labelled rows.</summary>
    /// <param name="labels">The class of each row [N].</param>
    /// <param name="logits">The model's logits of each row [N, L].</param>
    /// <param name="kind">What makes answers of them.</param>
    /// <param name="loss">Mean cross-entropy.</param>
    /// <param name="classes">Names of the classes, by label.</param>
    public static EvaluationReport Of(
        ReadOnlySpan<int> labels, ReadOnlySpan<float> logits, Loss kind, double loss, IReadOnlyList<string> classes)
    {
        int[][] confusion = [.. classes.Select(_ => new int[classes.Count])];
        var (right, count) = (0, kind.LogitsOf(classes.Count));
        for (var row = 0; row < labels.Length; row++)
        {
            var answer = kind.Answer(logits.Slice(row * count, count));
            confusion[labels[row]][answer]++;
            right += answer == labels[row] ? 1 : 0;
        }

        return new EvaluationReport(
            labels.Length,
            loss,
            (double)right / labels.Length,
            WilsonInterval.Of(right, labels.Length),
            (double)confusion.Max(answers => answers.Sum()) / labels.Length,
            classes,
            confusion);
    }
}
