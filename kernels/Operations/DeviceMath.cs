using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The gates' elementary functions in float32, written out in arithmetic that every device rounds alike. The built-in
/// ones are not used on purpose: on CUDA they become <c>tanh.approx</c> and <c>ex2.approx</c>, wrong in the last 13
/// and the last 2 bits. The same code runs inside the kernels and in the CPU engine.
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
        var scaled = x * Log2E;
        var n = (int)(scaled + (scaled < 0f ? -0.5f : 0.5f));
        var r = x - n * Ln2High - n * Ln2Low;
        var p = 1.9875691500e-4f;
        p = p * r + 1.3981999507e-3f;
        p = p * r + 8.3334519073e-3f;
        p = p * r + 4.1665795894e-2f;
        p = p * r + 1.6666665459e-1f;
        p = p * r + 5.0000001201e-1f;
        return (p * r * r + r + 1f) * Interop.IntAsFloat((uint)((n + 127) << 23));
    }

    /// <summary>1 / (1 + e^-x), stable at every finite x: the exponential's argument is never positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sigmoid(float x)
    {
        var e = Exp(x < 0f ? x : -x);
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /// <summary>
    /// tanh x with a relative error of a few units in the last place everywhere: near 0, where 1 - 2 / (1 + e^2x)
    /// cancels, by Cephes' <c>tanhf</c> polynomial.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x)
    {
        var magnitude = x < 0f ? -x : x;
        var e = Exp(-2f * magnitude);
        var far = (1f - e) / (1f + e);
        var z = x * x;
        var p = -5.70498872745e-3f;
        p = p * z + 2.06390887954e-2f;
        p = p * z - 5.37397155531e-2f;
        p = p * z + 1.33314422036e-1f;
        p = p * z - 3.33332819422e-1f;
        var near = p * z * x + x;
        return magnitude < 0.625f ? near : x < 0f ? -far : far;
    }

    /// <summary>
    /// ln(1 + e^-|x|), the part of the cross-entropy that a naive form loses to rounding or overflow.
    /// </summary>
    /// <remarks>ln(1 + e) = 2 artanh(s), s = e / (2 + e) ≤ 1/3: eight terms of the series reach float32.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogOnePlusExpOfMinus(float x)
    {
        var e = Exp(x < 0f ? x : -x);
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
}
