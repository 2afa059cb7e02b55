namespace GpuLstm.Metrics;

/// <summary>What a model is worth on labelled rows.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Loss">Mean binary cross-entropy.</param>
/// <param name="Accuracy">Share of the rows classified right.</param>
/// <param name="AccuracyInterval">
/// Where the accuracy on all such texts lies with a probability of 95 %: <see cref="WilsonInterval"/>, if the rows are
/// independent.
/// </param>
/// <param name="MajorityShare">Share of the more frequent class: the accuracy of always answering it.</param>
/// <param name="Classes">Names of the classes, by label.</param>
/// <param name="Confusion">Rows by true label, then by the model's answer: [2][2].</param>
public sealed record EvaluationReport(
    int Rows, double Loss, double Accuracy, WilsonInterval AccuracyInterval, double MajorityShare,
    IReadOnlyList<string> Classes, IReadOnlyList<IReadOnlyList<int>> Confusion)
{
    /// <summary>Reports the answers to labelled rows.</summary>
    /// <param name="labels">0 or 1 for each row [N].</param>
    /// <param name="logits">The model's logit of label 1 for each row [N].</param>
    /// <param name="loss">Mean binary cross-entropy.</param>
    /// <param name="classes">Names of the classes, by label.</param>
    public static EvaluationReport Of(
        ReadOnlySpan<int> labels, ReadOnlySpan<float> logits, double loss, IReadOnlyList<string> classes)
    {
        int[][] confusion = [[0, 0], [0, 0]];
        for (var row = 0; row < labels.Length; row++)
            confusion[labels[row]][logits[row] > 0 ? 1 : 0]++;
        var right = confusion[0][0] + confusion[1][1];
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
