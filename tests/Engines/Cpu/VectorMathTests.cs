using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Tests.Engines.Cpu;

/// <summary>The vector functions against double, over the whole range of floats, on registers of every width.</summary>
public sealed unsafe class VectorMathTests
{
    // A prime, so that all exponents and many mantissas are met.
    private const uint Stride = 4_099;

    [Fact]
    public void Four_lanes() => CheckAll<Lanes4>();

    [SkippableFact]
    public void Eight_lanes()
    {
        Skip.IfNot(Avx2.IsSupported && Fma.IsSupported, "no AVX2");
        CheckAll<Lanes8>();
    }

    [SkippableFact]
    public void Sixteen_lanes()
    {
        Skip.IfNot(Avx2.IsSupported && Fma.IsSupported, "no AVX2"); // AVX-512 itself may be emulated
        CheckAll<Lanes16>();
    }

    private static void CheckAll<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Check<TLanes>(VectorMath<TLanes>.Exp, Math.Exp, limit: 87, ulps: 0.8, clamped: true);
        Check<TLanes>(VectorMath<TLanes>.Sigmoid, x => 1 / (1 + Math.Exp(-x)), limit: 87, ulps: 2.5, clamped: true);
        var fused = TLanes.Count > 4 || Fma.IsSupported || AdvSimd.IsSupported;
        Check<TLanes>(VectorMath<TLanes>.Tanh, Math.Tanh, limit: float.PositiveInfinity, ulps: fused ? 2.5 : 2.9, clamped: false);
    }

    private static void Check<TLanes>(
        Func<TLanes, TLanes> function, Func<double, double> exact, float limit, double ulps, bool clamped)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (inputs, outputs) = (new PinnedBuffer(TLanes.Count), new PinnedBuffer(TLanes.Count));
        var lane = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride)
        {
            inputs.Pointer[lane++] = BitConverter.UInt32BitsToSingle((uint)bits);
            if (lane < TLanes.Count)
                continue;
            lane = 0;
            TLanes.Store(function(TLanes.Load(inputs.Pointer)), outputs.Pointer);
            for (var n = 0; n < TLanes.Count; n++)
            {
                var (x, y) = (inputs.Pointer[n], outputs.Pointer[n]);
                if (float.IsNaN(x))
                    Assert.True(float.IsNaN(y), $"NaN became {y}");
                else if (Math.Abs(x) <= limit)
                    Assert.True(Math.Abs(y - exact(x)) <= ulps * Ulp((float)exact(x)), $"f({x:R}) = {y:R}, exactly {exact(x):R}");
                else if (clamped)
                    Assert.True(float.IsFinite(y) && y > 0, $"f({x:R}) = {y:R}");
            }
        }
    }

    private static double Ulp(float value) =>
        Math.Max(float.Epsilon, (double)MathF.BitIncrement(Math.Abs(value)) - Math.Abs(value));
}
