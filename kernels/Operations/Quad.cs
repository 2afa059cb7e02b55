using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Operations;

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
