namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// How far results may lie from libtorch's in float64, relative to the largest element of their tensor.
/// </summary>
/// <param name="Logits">Of logits and hidden states.</param>
/// <param name="Loss">Of the mean cross-entropy.</param>
/// <param name="Gradient">Of a parameter's gradient.</param>
/// <param name="Parameters">Of the parameters after ten Adam steps.</param>
internal sealed record OracleBounds(double Logits, double Loss, double Gradient, double Parameters)
{
    /// <summary>Double against double: the sums run in another order, and nothing else differs.</summary>
    public static OracleBounds Double { get; } = new(1e-10, 1e-10, 1e-10, 1e-10);

    /// <summary>
    /// Float32 against double. States: a step's rounding is damped by the forget gate of the next, so T hardly counts;
    /// a sum over the hidden units grows like √H. Gradients: sums over B T positions whose terms partly cancel, each
    /// with the rounding of the steps behind it, so the error grows like √T. After ten Adam steps: the gradient's error
    /// times the learning rate, below the rounding of the parameters themselves.
    /// </summary>
    public static OracleBounds Single(int steps) => new(5e-6, 2e-6, 1e-5 * (1 + Math.Sqrt(steps)), 2e-6);
}
