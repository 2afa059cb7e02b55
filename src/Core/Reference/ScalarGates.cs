using static GpuLstm.Reference.Activations;

namespace GpuLstm.Reference;

/// <summary>How much of the long-term memory stays: c ← c · σ(w₁ x + w₂ h + b₁).</summary>
/// <param name="W1">Weight of the input x.</param>
/// <param name="W2">Weight of the short-term memory h.</param>
/// <param name="B1">Bias.</param>
public sealed record ForgetGate(double W1, double W2, double B1)
{
    /// <summary>The long-term memory that stays.</summary>
    public double Apply(double x, double longTerm, double shortTerm) =>
        longTerm * Sigmoid(W1 * x + W2 * shortTerm + B1);
}

/// <summary>What is added to the long-term memory: c ← c + tanh(w₃ x + w₄ h + b₂) · σ(w₅ x + w₆ h + b₃).</summary>
/// <param name="W3">Weight of x in the candidate.</param>
/// <param name="W4">Weight of h in the candidate.</param>
/// <param name="B2">Bias of the candidate.</param>
/// <param name="W5">Weight of x in the share that is let in.</param>
/// <param name="W6">Weight of h in that share.</param>
/// <param name="B3">Bias of that share.</param>
public sealed record InputGate(double W3, double W4, double B2, double W5, double W6, double B3)
{
    /// <summary>The long-term memory with the candidate's share added.</summary>
    public double Apply(double x, double longTerm, double shortTerm) =>
        longTerm + Tanh(W3 * x + W4 * shortTerm + B2) * Sigmoid(W5 * x + W6 * shortTerm + B3);
}

/// <summary>The new short-term memory: h ← tanh(c) · σ(w₇ x + w₈ h + b₄).</summary>
/// <param name="W7">Weight of x.</param>
/// <param name="W8">Weight of h.</param>
/// <param name="B4">Bias.</param>
public sealed record OutputGate(double W7, double W8, double B4)
{
    /// <summary>The new short-term memory.</summary>
    public double Apply(double x, double longTerm, double shortTerm) =>
        Tanh(longTerm) * Sigmoid(W7 * x + W8 * shortTerm + B4);
}
