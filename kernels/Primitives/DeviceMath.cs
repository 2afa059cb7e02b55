using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>
/// The gates' elementary functions in float32, written out in arithmetic that every device rounds alike, and without a branch or
/// a division: a step's gate math is one straight block, in which the five functions overlap. The built-in ones are not used on
/// purpose: on CUDA they become <c>tanh.approx</c> and <c>ex2.approx</c>, wrong in the last 13 and the last 2 bits. The same code
/// runs inside the kernels and in the CPU engine.
/// </summary>
public static class DeviceMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts (Cody and Waite): the first has few bits, so that n * Ln2High is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // The largest and smallest arguments whose exponential is a normal float.
    private const float LargestExponent = 88.02f;
    private const float SmallestExponent = -87.33f;

    // 1.5 · 2²³: added to a small number, it leaves the nearest whole number in the low bits of the mantissa.
    private const float RoundToWhole = 12582912f;
    private const uint SignBit = 0x80000000;

    /// <summary>
    /// e^x, within 2 units in the last place where the result is a normal float. Beyond that range x is clamped, so the
    /// result is never 0, infinite or denormal; NaN in, NaN out.
    /// </summary>
    /// <remarks>x = n ln 2 + r with |r| ≤ ln 2 / 2; the polynomial for e^r is Cephes' <c>expf</c>.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        x = x > LargestExponent ? LargestExponent : x;
        x = x < SmallestExponent ? SmallestExponent : x;
        var power = Reduce(x, out var rest);
        return rest * power + power;
    }

    /// <summary>1 / (1 + e^-x), stable at every finite x: the exponential's argument is never positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sigmoid(float x)
    {
        var e = Exp(-Magnitude(x));
        var numerator = x < 0f ? e : 1f;
        return QuotientBy1To2(numerator, 1f + e);
    }

    /// <summary>
    /// tanh x with a relative error of a few units in the last place everywhere: by m = e^-2|x| - 1, in which nothing
    /// cancels near 0, as -m / (2 + m).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x)
    {
        var exponent = -2f * Magnitude(x);
        exponent = exponent < SmallestExponent ? SmallestExponent : exponent;
        var power = Reduce(exponent, out var rest);
        var m = rest * power + (power - 1f);
        var magnitude = QuotientBy1To2(-m, 2f + m);
        return Interop.IntAsFloat(Interop.FloatAsInt(magnitude) | (Interop.FloatAsInt(x) & SignBit));
    }

    /// <summary>
    /// ln(1 + e^-|x|), the part of the cross-entropy that a naive form loses to rounding or overflow.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogOnePlusExpOfMinus(float x) => LogOnePlusAtMost1(Exp(-Magnitude(x)));

    /// <summary>
    /// ln(1 + x) for a finite x of 0 or more, with a relative error of a few units in the last place, also where x is so small
    /// that 1 + x would lose it.
    /// </summary>
    /// <remarks>From 1 on, 1 + x is 2ⁿ (1 + f) with f below 1: n ln 2 + ln(1 + f).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogOnePlus(float x)
    {
        var bits = Interop.FloatAsInt(1f + x);
        var power = (int)(bits >> 23) - 127;
        var fraction = Interop.IntAsFloat((bits & 0x7FFFFFu) | (127u << 23)) - 1f;
        return power * Ln2High + (power * Ln2Low + LogOnePlusAtMost1(power > 0 ? fraction : x));
    }

    /// <summary>ln(1 + e) for e from 0 to 1.</summary>
    /// <remarks>ln(1 + e) = 2 artanh(s), s = e / (2 + e) ≤ 1/3: eight terms of the series reach float32.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LogOnePlusAtMost1(float e)
    {
        var s = e / (2f + e);
        var z = s * s;
        var p = 1f / 15f;
        p = p * z + 1f / 13f;
        p = p * z + 1f / 11f;
        p = p * z + 1f / 9f;
        p = p * z + 1f / 7f;
        p = p * z + 1f / 5f;
        p = p * z + 1f / 3f;
        return 2f * (p * z * s + s);
    }

    /// <summary>e^x as (1 + <paramref name="rest"/>) times the power of two that is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reduce(float x, out float rest)
    {
        var shifted = x * Log2E + RoundToWhole;
        var n = shifted - RoundToWhole;
        var r = x - n * Ln2High - n * Ln2Low;
        var p = 1.9875691500e-4f;
        p = p * r + 1.3981999507e-3f;
        p = p * r + 8.3334519073e-3f;
        p = p * r + 4.1665795894e-2f;
        p = p * r + 1.6666665459e-1f;
        p = p * r + 5.0000001201e-1f;
        rest = p * r * r + r;
        return Interop.IntAsFloat((Interop.FloatAsInt(shifted) << 23) + (127u << 23));
    }

    /// <summary>
    /// numerator / d for 1 ≤ d ≤ 2, within a unit in the last place: Newton's steps from the best straight line for 1 / d, the
    /// last of them on the quotient.
    /// </summary>
    /// <remarks>A division would be a dozen instructions on a GPU, with a branch among them.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float QuotientBy1To2(float numerator, float d)
    {
        var reciprocal = 24f / 17f - 8f / 17f * d;
        reciprocal += reciprocal * (1f - d * reciprocal);
        reciprocal += reciprocal * (1f - d * reciprocal);
        var quotient = numerator * reciprocal;
        return quotient + reciprocal * (numerator - d * quotient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Magnitude(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & ~SignBit);
}
