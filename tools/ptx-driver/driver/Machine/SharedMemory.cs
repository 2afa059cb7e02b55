using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>The shared memory of the group that runs.</summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    private const int Alignment = 128;
    private const byte Poison = 0xFF; // a NaN, or -1

    public SharedMemory(int bytes)
    {
        Bytes = bytes;
        Base = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);
        Races = new SharedRaces(bytes);
    }

    public byte* Base { get; }

    public int Bytes { get; }

    public SharedRaces Races { get; }

    /// <summary>A group starts: there is nothing of use in it.</summary>
    public void Begin()
    {
        NativeMemory.Fill(Base, (nuint)Bytes, Poison);
        Races.Begin();
    }

    /// <summary>What lanes have just stored counts as not written.</summary>
    public void Forget(Warp warp, Instruction* code, uint lanes)
    {
        for (; lanes != 0; lanes &= lanes - 1)
            Races.Forget((uint)(warp.Addresses[LaneMask.First(lanes)] - (ulong)Base), code->Bytes);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Base);
        Races.Dispose();
    }
}
