using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.TensorCores;

/// <summary>A thread's part of 32 rows by 16 inputs: of rows g, g + 8, g + 16 and g + 24, with g = lane / 4.</summary>
/// <typeparam name="TQuad">The precision.</typeparam>
internal struct RowOperands<TQuad>
    where TQuad : unmanaged, IOperandQuad<TQuad>
{
    public TQuad A;
    public TQuad B;
    public TQuad C;
    public TQuad D;
}

/// <summary>
/// A thread's part of 32 rows by 8 columns of sums: of rows as in <see cref="RowOperands{TQuad}"/> the columns 2t and 2t + 1,
/// with t = lane % 4.
/// </summary>
internal struct TensorSums
{
    /// <summary>Rows g (X, Y) and g + 8 (Z, W).</summary>
    public Quad Upper;

    /// <summary>Rows g + 16 (X, Y) and g + 24 (Z, W).</summary>
    public Quad Lower;

    /// <summary>Adds the product over sixteen inputs.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="column">The thread's part of column g.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TQuad>(RowOperands<TQuad> rows, TQuad column)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        column.MultiplyAdd(ref Upper, rows.A, rows.B);
        column.MultiplyAdd(ref Lower, rows.C, rows.D);
    }
}
