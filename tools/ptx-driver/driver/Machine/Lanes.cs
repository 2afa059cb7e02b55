using System.Runtime.CompilerServices;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>Single elements of registers, of any width, as bits.</summary>
internal static unsafe class Lanes
{
    /// <summary>A lane's value, zeros above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(Warp warp, int offset, int bytes, int lane) => bytes switch
    {
        2 => warp.Register<ushort>(offset)[lane],
        4 => warp.Register<uint>(offset)[lane],
        _ => warp.Register<ulong>(offset)[lane],
    };

    /// <summary>Writes the low bits of a value to a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Warp warp, int offset, int bytes, int lane, ulong bits)
    {
        switch (bytes)
        {
            case 2:
                warp.Register<ushort>(offset)[lane] = (ushort)bits;
                break;
            case 4:
                warp.Register<uint>(offset)[lane] = (uint)bits;
                break;
            default:
                warp.Register<ulong>(offset)[lane] = bits;
                break;
        }
    }
}
