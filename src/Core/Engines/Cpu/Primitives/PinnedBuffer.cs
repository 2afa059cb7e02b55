using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>
/// Floats that never move, aligned to cache lines, zero at first; so that loops can read them through pointers.
/// </summary>
internal sealed unsafe class PinnedBuffer
{
    private const int Alignment = 64;

    // Keeps the memory alive.
    private readonly float[] memory;
    private readonly int offset;

    /// <param name="length">How many floats.</param>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public PinnedBuffer(long length)
    {
        Length = checked((int)length);
        memory = GC.AllocateArray<float>(checked(Length + Alignment / sizeof(float)), pinned: true);
        var address = (nint)Unsafe.AsPointer(ref memory[0]);
        offset = (int)((-address & (Alignment - 1)) / sizeof(float));
        Pointer = (float*)address + offset;
    }

    /// <summary>How many floats.</summary>
    public int Length { get; }

    /// <summary>The first.</summary>
    public float* Pointer { get; }

    /// <summary>All of them.</summary>
    public Span<float> Span => memory.AsSpan(offset, Length);
}
