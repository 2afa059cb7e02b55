using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>Four floats that a thread loads and stores at once, as 16 bytes.</summary>
public struct Quad
{
    /// <summary>The first.</summary>
    public float X;

    /// <summary>The second.</summary>
    public float Y;

    /// <summary>The third.</summary>
    public float Z;

    /// <summary>The fourth.</summary>
    public float W;

    /// <summary>A unit's gates as a quad: i, f, g, o.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad Of(UnitGates gates) => new() { X = gates.I, Y = gates.F, Z = gates.G, W = gates.O };

    /// <summary>The quad as a unit's gates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly UnitGates AsGates() => new() { I = X, F = Y, G = Z, O = W };

    /// <summary>Four neighbours, wherever they begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad Load(ArrayView<float> source, int first) =>
        new() { X = source[first], Y = source[first + 1], Z = source[first + 2], W = source[first + 3] };

    /// <summary>Writes four neighbours, wherever they begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> target, int first)
    {
        target[first] = X;
        target[first + 1] = Y;
        target[first + 2] = Z;
        target[first + 3] = W;
    }

    /// <summary>Adds another quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Quad other)
    {
        X += other.X;
        Y += other.Y;
        Z += other.Z;
        W += other.W;
    }

    /// <summary>Adds <paramref name="factor"/> times another quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(Quad other, float factor)
    {
        X += other.X * factor;
        Y += other.Y * factor;
        Z += other.Z * factor;
        W += other.W * factor;
    }
}
