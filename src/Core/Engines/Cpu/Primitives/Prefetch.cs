using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>
/// Asks for memory that is wanted a step later, into the second-level cache. Any address will do; where the processor has no such
/// instruction for .NET, nothing happens.
/// </summary>
internal static unsafe class Prefetch<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>A register's floats, or the cache line in which they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Register(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }

    /// <summary>The floats of four registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quad(float* address)
    {
        const int Line = 16;
        Register(address);
        if (TLanes.Count > 4)
            Register(address + Line);
        if (TLanes.Count > 8)
        {
            Register(address + 2 * Line);
            Register(address + 3 * Line);
        }
    }
}
