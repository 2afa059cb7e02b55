using GpuLstm.Parameters;

namespace GpuLstm.Verification.Models;

/// <summary>
/// How far a whole model in float32 may lie from the reference: about ten times the worst that a run of <c>verify</c> sees, see
/// docs/correctness.md.
/// </summary>
/// <param name="Logits">Of logits.</param>
/// <param name="Loss">Of means of row losses, and of the gradient of the head's bias, which is one of like terms.</param>
/// <param name="Gradient">Of the other gradients.</param>
/// <param name="Parameters">Of parameters after an epoch.</param>
internal sealed record ModelBounds(double Logits, double Loss, double Gradient, double Parameters)
{
    private const double FewSteps = 50;
    private const double FewUpdates = 3;

    // Every gate is saturated; the head adds up thousands.
    private static readonly ModelBounds Huge = new(3e-5, 3e-5, 0, 0);

    /// <summary>
    /// Roundings of either sign add up like the square root of their number: those of a gradient over the steps of a row and over
    /// the layers, those of a parameter over the updates of an epoch. In the states they do not, for a forget gate damps what
    /// comes of a step before.
    /// </summary>
    public static ModelBounds Of(ModelCase modelCase)
    {
        if (modelCase.IsHuge)
            return Huge;
        var updates = (modelCase.Rows + modelCase.BatchSize - 1) / modelCase.BatchSize;
        return new ModelBounds(
            1e-6, 1e-6,
            5e-6 * (1 + Math.Sqrt(modelCase.Options.MaxLength / FewSteps)) * Math.Sqrt(modelCase.Options.Layers),
            1e-6 * Math.Max(1, Math.Sqrt(updates / FewUpdates)));
    }

    /// <summary>Of a tensor's gradient.</summary>
    public double GradientOf(ParameterLayout layout, ParameterTensor tensor) => tensor == layout.HeadBias ? Loss : Gradient;
}
