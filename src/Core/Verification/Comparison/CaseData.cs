namespace GpuLstm.Verification.Comparison;

/// <summary>The values that a case is made of.</summary>
public enum CaseData
{
    /// <summary>Uniform values.</summary>
    Random,

    /// <summary>Small whole numbers: sums of their products are exact in float32, so they must come out bit for bit.</summary>
    Integers,

    /// <summary>Values below the smallest normal float. A device may flush them to 0, and nothing worse.</summary>
    Denormals,

    /// <summary>Plus and minus 100: every gate is shut or wide open, and a naive exponential overflows.</summary>
    Saturated,

    /// <summary>Incoming gradients of exactly 0: what goes out must be exactly 0.</summary>
    ZeroGradients,
}
