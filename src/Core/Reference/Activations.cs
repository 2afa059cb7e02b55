namespace GpuLstm.Reference;

/// <summary>The article's two functions, written out, in forms that no finite input overflows.</summary>
public static class Activations
{
    /// <summary>1 / (1 + e^-x). The exponent is never positive, so nothing overflows.</summary>
    public static double Sigmoid(double x)
    {
        var e = Math.Exp(-Math.Abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /// <summary>
    /// (e^x - e^-x) / (e^x + e^-x), multiplied through by e^-|x|. Near 0, where that subtracts equals from equals, the
    /// first terms of its series are exact to double.
    /// </summary>
    public static double Tanh(double x)
    {
        if (Math.Abs(x) < 1e-3)
            return x * (1 - x * x / 3 * (1 - 2 * x * x / 5));
        var e = Math.Exp(-2 * Math.Abs(x));
        return Math.CopySign((1 - e) / (1 + e), x);
    }
}
