namespace GpuLstm.Data;

/// <summary>What pandas' <c>describe</c> says of some lengths: quartiles by linear interpolation.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Std">Standard deviation with n - 1; null for fewer than two.</param>
/// <param name="Min">The least.</param>
/// <param name="P25">First quartile.</param>
/// <param name="P50">Median.</param>
/// <param name="P75">Third quartile.</param>
/// <param name="Max">The largest.</param>
public sealed record LengthStatistics(int Count, double Mean, double? Std, int Min, double P25, double P50, double P75, int Max)
{
    /// <summary>Describes at least one length.</summary>
    public static LengthStatistics Describe(IEnumerable<int> lengths)
    {
        var sorted = lengths.Order().ToArray();
        var mean = sorted.Average();
        double? std = sorted.Length > 1
            ? Math.Sqrt(sorted.Sum(length => (length - mean) * (length - mean)) / (sorted.Length - 1))
            : null;
        return new LengthStatistics(
            sorted.Length, mean, std, sorted[0], Quantile(0.25), Quantile(0.5), Quantile(0.75), sorted[^1]);

        double Quantile(double q)
        {
            var position = q * (sorted.Length - 1);
            var below = (int)position;
            var above = Math.Min(below + 1, sorted.Length - 1);
            return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
        }
    }
}
