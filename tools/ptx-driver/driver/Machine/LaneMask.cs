using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>Sets of a warp's lanes: a bit each.</summary>
internal static class LaneMask
{
    public const uint All = uint.MaxValue;

    /// <summary>The lowest lane of a set that is not empty.</summary>
    public static int First(uint mask) => BitOperations.TrailingZeroCount(mask);

    /// <summary>The elements that belong to a register's vector: all bits set for a lane of the set.</summary>
    /// <param name="mask">The set.</param>
    /// <param name="vector">Which vector of the register.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<T> Spread<T>(uint mask, int vector)
        where T : unmanaged
    {
        var bits = mask >> (vector * Vector512<T>.Count);
        if (sizeof(T) == sizeof(ushort))
        {
            var both = Vector256.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            var low = Vector256.Create((ushort)bits) & both;
            var high = Vector256.Create((ushort)(bits >> 16)) & both;
            return Vector512.Create(Vector256.Equals(low, both), Vector256.Equals(high, both)).As<ushort, T>();
        }

        if (sizeof(T) == sizeof(uint))
        {
            var lane = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            return Vector512.Equals(Vector512.Create(bits) & lane, lane).As<uint, T>();
        }

        var wide = Vector512.Create(1UL, 2, 4, 8, 16, 32, 64, 128);
        return Vector512.Equals(Vector512.Create((ulong)bits) & wide, wide).As<ulong, T>();
    }
}
