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
        var n = TLanes.Round(x * TLanes.Broadcast(1.44269504f));
        var r = TLanes.NegativeMultiplyAdd(n, TLanes.Broadcast(0.693359375f), x); // ln 2 in two parts: the first product is exact
        r = TLanes.NegativeMultiplyAdd(n, TLanes.Broadcast(-2.12194440e-4f), r);
        var p = TLanes.Broadcast(1.9875691500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1f));
        p = TLanes.MultiplyAdd(p, r * r, r) + TLanes.Broadcast(1f);
        return p * TLanes.PowerOfTwo(n);
    }

    /// <summary>1 / (1 + e^-x), within 2 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid(TLanes x)
    {
        var one = TLanes.Broadcast(1f);
        return one / (one + Exp(TLanes.Zero - x));
    }

    /// <summary>
    /// tanh x, within 2 units in the last place; near 0, where 1 - 2 / (1 + e^2x) cancels, by a polynomial.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Tanh(TLanes x)
    {
        var one = TLanes.Broadcast(1f);
        var magnitude = TLanes.Abs(x);
        var e = Exp(TLanes.Broadcast(-2f) * magnitude);
        var far = TLanes.CopySign((one - e) / (one + e), x);
        var z = x * x;
        var p = TLanes.Broadcast(-5.70498872745e-3f);
        p = TLanes.MultiplyAdd(p, z, TLanes.Broadcast(2.06390887954e-2f));
        p = TLanes.MultiplyAdd(p, z, TLanes.Broadcast(-5.37397155531e-2f));
        p = TLanes.MultiplyAdd(p, z, TLanes.Broadcast(1.33314422036e-1f));
        p = TLanes.MultiplyAdd(p, z, TLanes.Broadcast(-3.33332819422e-1f));
        var near = TLanes.MultiplyAdd(p * z, x, x);
        return TLanes.SelectLess(magnitude, TLanes.Broadcast(0.625f), near, far);
    }
}
