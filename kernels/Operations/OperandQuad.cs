using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Instructions;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Four inputs of one row or column, rounded for the tensor cores, as one thread has them. In a product over sixteen inputs the thread
/// with t = lane % 4 has number t of the quads. Which inputs these are does not matter, as long as rows and columns agree.
/// </summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal interface IOperandQuad<TSelf>
    where TSelf : unmanaged, IOperandQuad<TSelf>
{
    /// <summary>Four values rounded; of no instance in particular.</summary>
    TSelf Rounded(Quad values);

    /// <summary>Rounds one value and writes it into an array of quads.</summary>
    /// <param name="target">Quads of this type.</param>
    /// <param name="element">4 times the quad's number, and the value's place in it.</param>
    /// <param name="value">The value.</param>
    void StoreRounded(ArrayView<TSelf> target, int element, float value);

    /// <summary>Adds a product [16, 16] · [16, 8]; this is the thread's part of column g = lane / 4.</summary>
    /// <param name="sum">Of rows g and g + 8: their columns 2t and 2t + 1.</param>
    /// <param name="upper">The thread's part of row g.</param>
    /// <param name="lower">The thread's part of row g + 8.</param>
    void MultiplyAdd(ref Quad sum, TSelf upper, TSelf lower);
}

/// <summary>Four tf32: two products over eight inputs.</summary>
internal struct Tf32Quad : IOperandQuad<Tf32Quad>
{
    public int X;
    public int Y;
    public int Z;
    public int W;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Tf32Quad Rounded(Quad values) => new()
    {
        X = TensorCore.RoundToTf32(values.X),
        Y = TensorCore.RoundToTf32(values.Y),
        Z = TensorCore.RoundToTf32(values.Z),
        W = TensorCore.RoundToTf32(values.W),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreRounded(ArrayView<Tf32Quad> target, int element, float value) =>
        target.Cast<int>()[element] = TensorCore.RoundToTf32(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyAdd(ref Quad sum, Tf32Quad upper, Tf32Quad lower)
    {
        sum = TensorCore.MultiplyTf32(sum, upper.X, lower.X, upper.Y, lower.Y, X, Y);
        sum = TensorCore.MultiplyTf32(sum, upper.Z, lower.Z, upper.W, lower.W, Z, W);
    }
}

/// <summary>Four bfloat16, two in an integer: one product over sixteen inputs.</summary>
internal struct BFloat16Quad : IOperandQuad<BFloat16Quad>
{
    public int XY;
    public int ZW;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly BFloat16Quad Rounded(Quad values) => new()
    {
        XY = TensorCore.RoundToBFloat16(values.Y, values.X),
        ZW = TensorCore.RoundToBFloat16(values.W, values.Z),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreRounded(ArrayView<BFloat16Quad> target, int element, float value) =>
        target.Cast<short>()[element] = (short)TensorCore.RoundToBFloat16(0f, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyAdd(ref Quad sum, BFloat16Quad upper, BFloat16Quad lower) =>
        sum = TensorCore.MultiplyBFloat16(sum, upper.XY, lower.XY, upper.ZW, lower.ZW, XY, ZW);
}
