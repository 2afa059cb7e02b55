using GpuLstm.Metrics;
using GpuLstm.Model;

namespace GpuLstm.Training;

/// <summary>What a training without files leaves.</summary>
/// <param name="Model">The model, for <c>TextClassifier</c>; <see cref="RunFolder"/> writes it.</param>
/// <param name="Metrics">Its figures, with its accuracy on the fifth of the texts that it was not trained on.</param>
public sealed record TrainingResult(TrainedModel Model, TrainingMetrics Metrics);
