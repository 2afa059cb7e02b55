using System.Runtime.InteropServices;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>Unmanaged memory that a kernel's code points into, freed with the kernel.</summary>
internal sealed unsafe class NativeArena : IDisposable
{
    private const int Alignment = 64;
    private readonly List<nint> pieces = [];

    public T* Allocate<T>(int count)
        where T : unmanaged
    {
        var piece = (T*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, count * sizeof(T)), Alignment);
        pieces.Add((nint)piece);
        return piece;
    }

    public void Dispose()
    {
        foreach (var piece in pieces)
            NativeMemory.AlignedFree((void*)piece);
        pieces.Clear();
    }
}
