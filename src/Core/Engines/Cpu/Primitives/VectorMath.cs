using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>
/// The gates' elementary functions on a register of floats: e^x = 2ᵏ e^r with k the nearest multiple of one lane's share,
/// 2ᵏ from a table in a register (Tang 1989), and a short polynomial for e^r, since r is small.
/// </summary>
internal static class VectorMath<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>
    /// e^x, within 0.8 units in the last place where the result is a normal float. Beyond that range x is clamped, so the result
    /// is never 0, infinite or denormal.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp(TLanes x) => ExpOfMinus(TLanes.Zero - x);

    /// <summary>1 / (1 + e^-x), within 2.5 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid(TLanes x)
    {
        var one = TLanes.Broadcast(1f);
        return one / (ExpOfMinus(x) + one);
    }

    /// <summary>
    /// tanh x = h / (h + 1) with h = (e^2x - 1) / 2, within 2.5 units in the last place (2.9 where products are not fused): h is
    /// put together so that nothing cancels near 0, be it the table's rounding.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Tanh(TLanes x)
    {
        // Beyond 20, h and h + 1 are the same float.
        var magnitude = TLanes.Min(TLanes.Broadcast(20f), TLanes.Abs(x));
        var (k, power, error) = Split(magnitude, log2E: 2 * 1.44269504f);
        var half = TLanes.Broadcast(0.5f);
        // ln 2 / 2 need not be in two parts where the product is fused: where its rounding would count, k is small or the result
        // near 1.
        var r = TLanes.Count == 4
            ? TLanes.NegativeMultiplyAdd(
                k, TLanes.Broadcast(-2.12194440e-4f / 2),
                TLanes.NegativeMultiplyAdd(k, TLanes.Broadcast(0.693359375f / 2), magnitude))
            : TLanes.NegativeMultiplyAdd(k, TLanes.Broadcast(0.693147181f / 2), magnitude);
        r = TLanes.NegativeMultiplyAdd(error, half, r);
        // (e^2r - 1) / 2 = r + r² (1 + 2r/3 + r²/3 + 2r³/15)
        var third = TLanes.Broadcast(1f / 3f);
        if (TLanes.Count < 16)
            third = TLanes.MultiplyAdd(r, TLanes.Broadcast(2f / 15f), third);
        var part = TLanes.MultiplyAdd(r, TLanes.MultiplyAdd(r, third, TLanes.Broadcast(2f / 3f)), TLanes.Broadcast(1f));
        part = TLanes.MultiplyAdd(part, r * r, r);
        var h = TLanes.MultiplyAdd(power, part, TLanes.MultiplyAdd(power, half, TLanes.Zero - half));
        return TLanes.CopySign(h / (h + TLanes.Broadcast(1f)), x);
    }

    /// <summary>e^-x; see <see cref="Exp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes ExpOfMinus(TLanes x)
    {
        // x stands second: there it passes through if it is NaN.
        x = TLanes.Min(TLanes.Broadcast(87.33f), TLanes.Max(TLanes.Broadcast(-88.02f), x));
        var (k, power, error) = Split(x, log2E: -1.44269504f);
        var r = TLanes.MultiplyAdd(k, TLanes.Broadcast(0.693359375f), x); // ln 2 in two parts: the first product is exact
        r = TLanes.MultiplyAdd(k, TLanes.Broadcast(-2.12194440e-4f), r) + error;
        // 1 - e^-r = r - r² (1/2 - r/6 + r²/24 - r³/120); of the first term that is left out, its mean is put in.
        var third = TLanes.Broadcast(TLanes.Count == 4 ? -0.1667135f : -1f / 6f);
        if (TLanes.Count < 16)
            third = TLanes.MultiplyAdd(r, TLanes.Broadcast(1f / 24f), third);
        var half = TLanes.Broadcast(TLanes.Count < 16 ? 0.5f : 0.5000162f);
        var part = TLanes.NegativeMultiplyAdd(TLanes.MultiplyAdd(r, third, half), r * r, r);
        return TLanes.NegativeMultiplyAdd(power, part, power);
    }

    /// <summary>
    /// k = x log₂ e, rounded to a multiple of 1 / <c>TLanes.Count</c>; 2ᵏ; and the logarithm of the error of that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes K, TLanes Power, TLanes Error) Split(TLanes x, float log2E)
    {
        // So large a number's last bit is worth 1 / Count: the addition rounds.
        var bias = TLanes.Broadcast(12_582_912f / TLanes.Count);
        var biased = TLanes.MultiplyAdd(x, TLanes.Broadcast(log2E), bias);
        var k = biased - bias;
        return (k, TLanes.PowerOfTwo(k, biased), TLanes.PowerError(biased));
    }
}
