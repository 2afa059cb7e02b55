using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The factors of a <see cref="DropoutMask"/> for 32 columns at once: eight counters of <see cref="Philox"/>
/// side by side, each word in a lane of 64 bits, in which its products fit.
/// </summary>
internal static class PhiloxLanes
{
    /// <summary>Columns of a call.</summary>
    public const int Columns = 32;

    /// <summary>So many columns in whole calls.</summary>
    public static int RoundUp(int columns) => (columns + Columns - 1) / Columns * Columns;

    /// <summary>The factors of 32 columns.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="row">The row.</param>
    /// <param name="time">The time step.</param>
    /// <param name="column">The first column, a multiple of 32.</param>
    /// <param name="factors">Written; at least 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Factors(DropoutMask mask, int row, int time, int column, Span<float> factors)
    {
        var word = Vector512.Create((ulong)uint.MaxValue);
        var multiplierX = Vector512.Create((ulong)Philox.MultiplierX);
        var multiplierZ = Vector512.Create((ulong)Philox.MultiplierZ);
        var x = Vector512.Create((ulong)(column / 4)) + Vector512<ulong>.Indices;
        var (y, z, w) = (
            Vector512.Create((ulong)(uint)row), Vector512.Create((ulong)(uint)time), Vector512.Create((ulong)mask.Step));
        var (keyA, keyB) = (mask.Seed, mask.Place);
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var (ofX, ofZ) = (Product(x, multiplierX), Product(z, multiplierZ));
            x = (ofZ >>> 32) ^ y ^ Vector512.Create((ulong)keyA);
            y = ofZ & word;
            z = (ofX >>> 32) ^ w ^ Vector512.Create((ulong)keyB);
            w = ofX & word;
            keyA += Philox.KeyStepA;
            keyB += Philox.KeyStepB;
        }

        // Words of one counter side by side again.
        var (xy, zw) = (x | (y << 32), z | (w << 32));
        var (threshold, scale) = (Vector128.Create(mask.Threshold), Vector128.Create(mask.Kept));
        for (var n = 0; n < Vector512<ulong>.Count; n++)
        {
            var kept = Vector128.GreaterThanOrEqual(Vector128.Create(xy[n], zw[n]).AsUInt32(), threshold);
            (kept.AsSingle() & scale).StoreUnsafe(ref MemoryMarshal.GetReference(factors), (nuint)(4 * n));
        }
    }

    // Of the lower halves of the lanes; what is above them is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Product(Vector512<ulong> x, Vector512<ulong> y)
    {
        if (Avx512F.IsSupported)
            return Avx512F.Multiply(x.AsUInt32(), y.AsUInt32());
        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Avx2.Multiply(x.GetLower().AsUInt32(), y.GetLower().AsUInt32()),
                Avx2.Multiply(x.GetUpper().AsUInt32(), y.GetUpper().AsUInt32()));
        }

        return x * y;
    }
}
