namespace GpuLstm.Verification;

/// <summary>
/// How far a float32 result may lie from the reference in double, relative to the largest element of its tensor. One
/// float32 operation errs by 6e-8 at most.
/// </summary>
internal static class Bounds
{
    /// <summary>A few operations on each element: exponentials within 2 units in the last place, and what follows.</summary>
    public const double Elementwise = 1e-6;

    /// <summary>A sum of n products: the errors of its terms have either sign, so they grow like √n; n is below 1,000 here.</summary>
    public const double Sums = 4e-6;

    /// <summary>A chain of steps, each passing on the errors of the one before, damped by its gates.</summary>
    public const double Recurrent = 1e-5;

    /// <summary>
    /// A tensor's gradient is measured by this share of the largest gradient at least: where the terms of all its elements cancel, as with
    /// one hidden unit they now and then do, what is left is rounding.
    /// </summary>
    public const double ShareOfLargestGradient = 0.1;
}
