using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Where a value goes that is between two that can be had.</summary>
internal enum RoundingMode
{
    Nearest,
    TowardZero,
    Down,
    Up,
}

/// <summary>A conversion of one value, from bits to bits.</summary>
/// <param name="FromBytes">The width of what comes in.</param>
/// <param name="FromKind">What its bits mean.</param>
/// <param name="ToBytes">The width of what goes out.</param>
/// <param name="ToKind">What its bits mean.</param>
/// <param name="Rounding">Where it is rounded to.</param>
/// <param name="ToWhole">Whether a float is rounded to a whole number, as a float (<c>.rni</c>).</param>
/// <param name="IsFlushed">Whether denormal float32 become 0.</param>
/// <param name="IsSaturated">Whether the result is put within its bounds: of a float 0 and 1.</param>
internal readonly record struct ValueConversion(
    int FromBytes, TypeKind FromKind, int ToBytes, TypeKind ToKind, RoundingMode Rounding, bool ToWhole, bool IsFlushed,
    bool IsSaturated)
{
    /// <summary>The result: a signed whole number with its sign above it.</summary>
    public ulong Apply(ulong bits) => (FromKind == TypeKind.Float, ToKind == TypeKind.Float) switch
    {
        (false, false) => Whole(Integer(bits), IsSaturated),
        (false, true) => Float(Integer(bits)),
        (true, false) => Whole(Real(bits)),
        _ => Float(Real(bits)),
    };

    private Int128 Integer(ulong bits)
    {
        var above = 64 - (FromBytes * 8);
        return FromKind == TypeKind.Signed ? (long)bits << above >> above : bits << above >> above;
    }

    private double Real(ulong bits)
    {
        var value = FromBytes switch
        {
            2 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
            4 => BitConverter.UInt32BitsToSingle((uint)bits),
            _ => BitConverter.UInt64BitsToDouble(bits),
        };
        return IsFlushed && FromBytes == sizeof(float) && float.IsSubnormal((float)value) ? Math.CopySign(0, value) : value;
    }

    private ulong Whole(Int128 value, bool isBounded)
    {
        if (isBounded)
        {
            var bits = ToBytes * 8;
            value = ToKind == TypeKind.Signed
                ? Int128.Clamp(value, -(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1)
                : Int128.Clamp(value, 0, (Int128.One << bits) - 1);
        }

        // The register may be wider: the sign, or zeros, go on.
        var above = 64 - (ToBytes * 8);
        var low = (ulong)(UInt128)value << above;
        return ToKind == TypeKind.Signed ? (ulong)((long)low >> above) : low >> above;
    }

    // A float out of bounds always becomes the nearest bound.
    private ulong Whole(double value)
    {
        if (double.IsNaN(value))
            return FromBytes < sizeof(double) && ToBytes < sizeof(long) ? 0 : 1UL << ((ToBytes * 8) - 1);
        const double Bound = 1e30; // beyond every type's
        return Whole((Int128)Math.Clamp(RoundToWhole(value), -Bound, Bound), isBounded: true);
    }

    private ulong Float(Int128 value)
    {
        if (ToBytes == sizeof(double))
        {
            return BitConverter.DoubleToUInt64Bits(
                Nudge(
                    (double)value, x => (Int128)x > value ? 1 : (Int128)x < value ? -1 : 0, double.BitDecrement,
                    double.BitIncrement));
        }

        if (ToBytes == sizeof(float))
        {
            return Out(
                Nudge(
                    (float)value, x => (Int128)x > value ? 1 : (Int128)x < value ? -1 : 0, float.BitDecrement,
                    float.BitIncrement));
        }

        var half = (Half)(double)value;
        return BitConverter.HalfToUInt16Bits(
            Half.IsInfinity(half)
                ? half
                : Nudge(half, x => ((double)x).CompareTo((double)value), Half.BitDecrement, Half.BitIncrement));
    }

    private ulong Float(double value)
    {
        if (ToWhole)
            value = RoundToWhole(value);
        var bounded = Bounded(value);
        return ToBytes switch
        {
            sizeof(double) =>
                BitConverter.DoubleToUInt64Bits(
                    double.IsNaN(value) ? BitConverter.UInt64BitsToDouble(0x7FF8000000000000) : bounded),
            sizeof(float) => Out(Nudge((float)value, x => ((double)x).CompareTo(value), float.BitDecrement, float.BitIncrement)),
            _ => double.IsNaN(value)
                ? 0x7FFFu
                : BitConverter.HalfToUInt16Bits(
                    Nudge((Half)bounded, x => ((double)x).CompareTo(bounded), Half.BitDecrement, Half.BitIncrement)),
        };
    }

    private ulong Out(float value)
    {
        if (IsFlushed && float.IsSubnormal(value))
            value = MathF.CopySign(0, value);
        value = (float)Bounded(value);
        return float.IsNaN(value) ? 0x7FFFFFFFu : BitConverter.SingleToUInt32Bits(value);
    }

    private double Bounded(double value) => IsSaturated ? (value > 0 ? Math.Min(value, 1) : 0) : value;

    private double RoundToWhole(double value) => Rounding switch
    {
        RoundingMode.TowardZero => Math.Truncate(value),
        RoundingMode.Down => Math.Floor(value),
        RoundingMode.Up => Math.Ceiling(value),
        _ => Math.Round(value, MidpointRounding.ToEven),
    };

    // From the nearest to the neighbour that the mode asks for. The comparison tells on which side of the exact value the nearest
    // lies.
    private T Nudge<T>(T nearest, Func<T, int> compare, Func<T, T> down, Func<T, T> up)
    {
        var side = Rounding == RoundingMode.Nearest ? 0 : compare(nearest);
        var isNegative = side != 0 && compare(default!) > 0;
        return Rounding switch
        {
            RoundingMode.Down when side > 0 => down(nearest),
            RoundingMode.Up when side < 0 => up(nearest),
            RoundingMode.TowardZero when side > 0 && !isNegative => down(nearest),
            RoundingMode.TowardZero when side < 0 && isNegative => up(nearest),
            _ => nearest,
        };
    }
}
