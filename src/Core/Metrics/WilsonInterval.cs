namespace GpuLstm.Metrics;

/// <summary>
/// Wilson's score interval of a share, with 95 % confidence (E. B. Wilson, 1927, without correction of continuity).
/// </summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public sealed record WilsonInterval(double Low, double High)
{
    private const double Z = 1.959963984540054; // the normal distribution's 97.5 % point

    /// <summary>The interval for some successes of at least one trial.</summary>
    public static WilsonInterval Of(int successes, int trials)
    {
        double n = trials;
        var share = successes / n;
        var middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n);
        var half = Z / (1 + Z * Z / n) * Math.Sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
        return new WilsonInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
