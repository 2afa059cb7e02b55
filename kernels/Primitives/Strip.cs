using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>Sixteen neighbouring floats of one thread, of which a compiler for a processor makes vector registers.</summary>
internal struct Strip
{
    /// <summary>How many.</summary>
    public const int Length = 16;

    private Quad a;
    private Quad b;
    private Quad c;
    private Quad d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip Load(ArrayView<float> source, int first) => new()
    {
        a = Quad.Load(source, first),
        b = Quad.Load(source, first + 4),
        c = Quad.Load(source, first + 8),
        d = Quad.Load(source, first + 12),
    };

    /// <summary>Adds <paramref name="factor"/> times another strip.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Strip other, float factor)
    {
        a.AddProduct(other.a, factor);
        b.AddProduct(other.b, factor);
        c.AddProduct(other.c, factor);
        d.AddProduct(other.d, factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> target, int first)
    {
        a.Store(target, first);
        b.Store(target, first + 4);
        c.Store(target, first + 8);
        d.Store(target, first + 12);
    }
}
