namespace GpuLstm.Metrics;

/// <summary>A finished run's figures: <c>metrics.json</c>.</summary>
/// <param name="Accelerator">cuda, opencl, cpu or simulator.</param>
/// <param name="Device">The device's own name.</param>
/// <param name="TrainRows">Rows trained on.</param>
/// <param name="TestRows">Rows tested on.</param>
/// <param name="VocabularySize">Tokens and <c>&lt;UNK&gt;</c>, without padding.</param>
/// <param name="Epochs">Epochs done.</param>
/// <param name="TrainLoss">Mean training loss of each epoch.</param>
/// <param name="TestLoss">Mean cross-entropy of the test rows with the final parameters.</param>
/// <param name="TestAccuracy">Share of the test rows classified right.</param>
/// <param name="TestAccuracyInterval">See <see cref="EvaluationReport.AccuracyInterval"/>.</param>
/// <param name="TestMajorityShare">The accuracy of always answering the most frequent class.</param>
/// <param name="TrainSeconds">Wall time of all training steps.</param>
public sealed record TrainingMetrics(
    string Accelerator,
    string Device,
    int TrainRows,
    int TestRows,
    int VocabularySize,
    int Epochs,
    IReadOnlyList<double> TrainLoss,
    double TestLoss,
    double TestAccuracy,
    WilsonInterval TestAccuracyInterval,
    double TestMajorityShare,
    double TrainSeconds);
