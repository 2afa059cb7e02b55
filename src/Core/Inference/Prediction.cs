namespace GpuLstm.Inference;

/// <summary>A model's answer to a text.</summary>
/// <param name="Label">The most probable class.</param>
/// <param name="ClassName">Its name.</param>
/// <param name="Probabilities">Of all classes, by label [C].</param>
public sealed record Prediction(int Label, string ClassName, IReadOnlyList<double> Probabilities)
{
    /// <summary>The probability of the answer.</summary>
    public double Probability => Probabilities[Label];
}
