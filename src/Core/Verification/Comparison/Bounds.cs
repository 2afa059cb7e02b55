using GpuLstm.Kernels.TensorCores;
using GpuLstm.Parameters;

namespace GpuLstm.Verification.Comparison;

/// <summary>
/// How far a float32 result may lie from the reference in double, relative to the largest element of its tensor. One
/// float32 operation errs by 6e-8 at most.
/// </summary>
internal static class Bounds
{
    /// <summary>A few operations on each element: exponentials within 2 units in the last place, and what follows.</summary>
    public const double Elementwise = 1e-6;

    /// <summary>A sum of up to <see cref="FewTerms"/> products.</summary>
    public const double Sums = 4e-6;

    private const double FewTerms = 1000;

    /// <summary>A sum of n products: the errors of its terms have either sign, so they grow like √n.</summary>
    public static double SumsOf(int terms) => Sums * Math.Max(1, Math.Sqrt(terms / FewTerms));

    /// <summary>A chain of steps, each passing on the errors of the one before, damped by its gates.</summary>
    public const double Recurrent = 1e-5;

    /// <summary>
    /// What rounding its operands adds to a sum of products: each errs by half of 2^-10 (tf32) or 2^-7 (bfloat16), and the errors
    /// of the terms have either sign, so relative to the largest sum they stay about there.
    /// </summary>
    public static double Rounding(Precision precision) => precision switch
    {
        Precision.Tf32 => 1e-3,
        Precision.BFloat16 => 8e-3,
        _ => 0,
    };

    /// <summary>
    /// What the gradient of a tensor is measured by at least. The largest element of a tensor will do, unless it has only one:
    /// its terms may cancel, and what is left is rounding. In the head's bias they are the rows' logit gradients, up to 1 each.
    /// </summary>
    /// <param name="layout">The model's tensors.</param>
    /// <param name="tensor">One of them.</param>
    /// <param name="largestGradient">The largest magnitude in the gradients of all.</param>
    public static double MinGradientScale(ParameterLayout layout, ParameterTensor tensor, double largestGradient)
    {
        if (tensor == layout.HeadBias)
            return 0.5;
        return tensor.Length == 1 ? 0.1 * largestGradient : 0;
    }
}
