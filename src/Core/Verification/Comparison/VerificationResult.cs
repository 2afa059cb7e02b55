namespace GpuLstm.Verification.Comparison;

/// <summary>How far one tensor of one case lies from the reference.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="Operation">The operation, and forward or backward.</param>
/// <param name="Tensor">The tensor compared.</param>
/// <param name="Shape">The case's sizes, for the reader.</param>
/// <param name="WorstAbsolute">The largest |actual - expected|; infinite where an element is not a number.</param>
/// <param name="WorstRelative">
/// <paramref name="WorstAbsolute"/> over the tensor's scale, its largest |expected| or the size of its terms (0 where both are
/// 0): the measure that is held to the bound. Element by element, a sum that cancels to nearly 0 would have no bound.
/// </param>
/// <param name="Bound">The largest <paramref name="WorstRelative"/> allowed.</param>
public sealed record VerificationResult(
    string Device, string Operation, string Tensor, string Shape, double WorstAbsolute, double WorstRelative, double Bound)
{
    /// <summary>True when the bound holds.</summary>
    public bool Passed => WorstRelative <= Bound;

    /// <summary>Compares a tensor with what it should be.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="shape">The case's sizes.</param>
    /// <param name="actual">What the device computed.</param>
    /// <param name="expected">What the reference computed; NaN where nothing is written, which is not compared.</param>
    /// <param name="bound">The largest error relative to the tensor's scale.</param>
    /// <param name="minScale">The size of a sum's terms, for a tensor whose every element may cancel to nearly 0.</param>
    internal static VerificationResult Compare(
        string device, string operation, string tensor, string shape, ReadOnlySpan<float> actual, ReadOnlySpan<double> expected,
        double bound,
        double minScale = 0)
    {
        if (actual.Length != expected.Length)
        {
            throw new ArgumentException(
                $"{operation} {tensor}: {actual.Length} elements, expected {expected.Length}", nameof(actual));
        }

        var (worst, largest) = (0.0, minScale);
        for (var n = 0; n < actual.Length; n++)
        {
            if (double.IsNaN(expected[n]))
                continue;
            var difference = Math.Abs(actual[n] - expected[n]);
            worst = double.IsFinite(difference) ? Math.Max(worst, difference) : double.PositiveInfinity;
            largest = Math.Max(largest, Math.Abs(expected[n]));
        }

        var relative = worst == 0 ? 0 : worst / largest; // infinite where all should be 0 and is not
        return new VerificationResult(device, operation, tensor, shape, worst, relative, bound);
    }
}
