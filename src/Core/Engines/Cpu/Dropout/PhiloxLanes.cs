using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The factors of a <see cref="DropoutMask"/> for sixteen columns at once: four counters of
/// <see cref="Kernels.Primitives.Philox"/> side by side, each word in a lane of 64 bits, in which its products fit.
/// </summary>
internal static class PhiloxLanes
{
    /// <summary>Columns of a call.</summary>
    public const int Columns = 16;

    private const int Rounds = 10;

    /// <summary>So many columns in whole calls.</summary>
    public static int RoundUp(int columns) => (columns + Columns - 1) / Columns * Columns;

    /// <summary>The factors of sixteen columns.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="row">The row.</param>
    /// <param name="time">The time step.</param>
    /// <param name="column">The first column, a multiple of sixteen.</param>
    /// <param name="factors">Written; at least sixteen.</param>
    public static void Factors(DropoutMask mask, int row, int time, int column, Span<float> factors)
    {
        var word = Vector256.Create((ulong)uint.MaxValue);
        var (multiplierX, multiplierZ) = (Vector256.Create(0xD2511F53ul), Vector256.Create(0xCD9E8D57ul));
        var x = Vector256.Create((ulong)(column / 4)) + Vector256.Create(0ul, 1, 2, 3);
        var (y, z, w) = (
            Vector256.Create((ulong)(uint)row), Vector256.Create((ulong)(uint)time), Vector256.Create((ulong)mask.Step));
        var (keyA, keyB) = (mask.Seed, mask.Place);
        for (var round = 0; round < Rounds; round++)
        {
            var (ofX, ofZ) = (Product(x, multiplierX), Product(z, multiplierZ));
            x = (ofZ >>> 32) ^ y ^ Vector256.Create((ulong)keyA);
            y = ofZ & word;
            z = (ofX >>> 32) ^ w ^ Vector256.Create((ulong)keyB);
            w = ofX & word;
            keyA += 0x9E3779B9;
            keyB += 0xBB67AE85;
        }

        // Words of one counter side by side again.
        var (xy, zw) = (x | (y << 32), z | (w << 32));
        for (var n = 0; n < Vector256<ulong>.Count; n++)
        {
            var kept = Vector128.GreaterThanOrEqual(
                Vector128.Create(xy[n], zw[n]).AsUInt32(), Vector128.Create(mask.Threshold));
            (kept.AsSingle() & Vector128.Create(mask.Kept)).StoreUnsafe(ref MemoryMarshal.GetReference(factors), (nuint)(4 * n));
        }
    }

    // Of the lower halves of the lanes; what is above them is 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Product(Vector256<ulong> x, Vector256<ulong> y) =>
        Avx2.IsSupported ? Avx2.Multiply(x.AsUInt32(), y.AsUInt32()) : x * y;
}
