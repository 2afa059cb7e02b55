using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The gates' elementary functions on a register of floats; the same polynomials as the kernels'
/// <see cref="Kernels.Operations.DeviceMath"/> (Cephes), with fused products.
/// </summary>
internal static class VectorMath<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>
    /// e^x, within 1 unit in the last place where the result is a normal float. Beyond that range x is clamped, so the result
    /// is never 0, infinite or denormal.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp(TLanes x)
    {
        // x stands second: there it passes through if it is NaN.
        x = TLanes.Min(TLanes.Broadcast(88.02f), TLanes.Max(TLanes.Broadcast(-87.33f), x));
        var (power, part) = Split(x);
        return (part + TLanes.Broadcast(1f)) * power;
    }

    /// <summary>1 / (1 + e^-x), within 2 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid(TLanes x)
    {
        var one = TLanes.Broadcast(1f);
        return one / (one + Exp(TLanes.Zero - x));
    }

    /// <summary>
    /// tanh x = (e^2x - 1) / (e^2x + 1), within 3 units in the last place: e^2x - 1 is put together so that nothing cancels
    /// near 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Tanh(TLanes x)
    {
        // Beyond 20, e^2x - 1 and e^2x + 1 are the same float.
        var (power, part) = Split(TLanes.Min(TLanes.Broadcast(40f), TLanes.Abs(x) * TLanes.Broadcast(2f)));
        var minusOne = TLanes.MultiplyAdd(part, power, power - TLanes.Broadcast(1f));
        return TLanes.CopySign(minusOne / (minusOne + TLanes.Broadcast(2f)), x);
    }

    /// <summary>e^x = 2ⁿ (1 + part): x = n ln 2 + r with |r| ≤ ln 2 / 2, and part = e^r - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Power, TLanes Part) Split(TLanes x)
    {
        var n = TLanes.Round(x * TLanes.Broadcast(1.44269504f));
        var r = TLanes.NegativeMultiplyAdd(n, TLanes.Broadcast(0.693359375f), x); // ln 2 in two parts: the first product is exact
        r = TLanes.NegativeMultiplyAdd(n, TLanes.Broadcast(-2.12194440e-4f), r);
        // In pairs (Estrin 1960) rather than one after the other (Horner): a third less to wait for.
        var square = r * r;
        var high = TLanes.MultiplyAdd(TLanes.Broadcast(1.9875691500e-4f), r, TLanes.Broadcast(1.3981999507e-3f));
        var middle = TLanes.MultiplyAdd(TLanes.Broadcast(8.3334519073e-3f), r, TLanes.Broadcast(4.1665795894e-2f));
        var low = TLanes.MultiplyAdd(TLanes.Broadcast(1.6666665459e-1f), r, TLanes.Broadcast(5.0000001201e-1f));
        var p = TLanes.MultiplyAdd(TLanes.MultiplyAdd(high, square, middle), square, low);
        return (TLanes.PowerOfTwo(n), TLanes.MultiplyAdd(p, square, r));
    }
}
