namespace GpuLstm.Options;

/// <summary>Adam's hyper-parameters, with PyTorch's defaults (Kingma and Ba 2015).</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Beta1">Decay of the first moments.</param>
/// <param name="Beta2">Decay of the second moments.</param>
/// <param name="Epsilon">Added to the root of the second moments.</param>
public sealed record AdamOptions(double LearningRate = 0.001, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8);
