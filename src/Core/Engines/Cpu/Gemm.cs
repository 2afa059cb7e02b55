using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Matrix products C += A B in float32. B is packed into panels of two registers' width, [panel][k][2 lanes], so that the inner
/// loop reads it front to back; a block of six rows of C by one panel stays in registers over the whole inner loop (Goto and
/// van de Geijn 2008, without their packing of A: ours is small and hot).
/// </summary>
/// <remarks>Every element of C is summed over k in ascending order, however the rows are split into blocks.</remarks>
internal static unsafe class Gemm<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Rows of C that one block has at most.</summary>
    private const int BlockRows = 6;

    /// <summary>Columns of a panel.</summary>
    public static int PanelWidth => 2 * TLanes.Count;

    /// <summary>Rounds a number of columns up to whole panels.</summary>
    public static int Padded(int columns) => (columns + PanelWidth - 1) / PanelWidth * PanelWidth;

    /// <summary>Packs B [depth, columns] for products.</summary>
    /// <param name="b">Element (k, n) lies at <c>k * kStride + n * nStride</c>.</param>
    /// <param name="kStride">Between rows of B.</param>
    /// <param name="nStride">Between columns of B.</param>
    /// <param name="depth">Rows of B.</param>
    /// <param name="columns">Columns of B; padded with 0 to whole panels.</param>
    /// <param name="packed">Written: [panels, depth, <see cref="PanelWidth"/>].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* b, int kStride, int nStride, int depth, int columns, float* packed)
    {
        for (var first = 0; first < columns; first += PanelWidth)
        {
            var width = Math.Min(PanelWidth, columns - first);
            for (var k = 0; k < depth; k++)
            {
                var source = b + (nint)k * kStride + (nint)first * nStride;
                for (var n = 0; n < width; n++)
                    packed[n] = source[(nint)n * nStride];
                for (var n = width; n < PanelWidth; n++)
                    packed[n] = 0;
                packed += PanelWidth;
            }
        }
    }

    /// <summary>C [rows, one panel] += A [rows, depth] B [depth, one panel].</summary>
    /// <param name="a">Element (m, k) lies at <c>m * rowStride + k * kStride</c>.</param>
    /// <param name="rowStride">Between rows of A.</param>
    /// <param name="kStride">Between columns of A.</param>
    /// <param name="panel">A packed panel of B [depth, <see cref="PanelWidth"/>].</param>
    /// <param name="c">Element (m, n) lies at <c>m * cStride + n</c>.</param>
    /// <param name="cStride">Between rows of C.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddPanel(float* a, int rowStride, int kStride, float* panel, float* c, int cStride, int rows, int depth)
    {
        for (; rows >= BlockRows; rows -= BlockRows, a += (nint)BlockRows * rowStride, c += (nint)BlockRows * cStride)
            AddBlock<Six>(a, rowStride, kStride, panel, c, cStride, depth);
        switch (rows)
        {
            case 5:
                AddBlock<Five>(a, rowStride, kStride, panel, c, cStride, depth);
                break;
            case 4:
                AddBlock<Four>(a, rowStride, kStride, panel, c, cStride, depth);
                break;
            case 3:
                AddBlock<Three>(a, rowStride, kStride, panel, c, cStride, depth);
                break;
            case 2:
                AddBlock<Two>(a, rowStride, kStride, panel, c, cStride, depth);
                break;
            case 1:
                AddBlock<One>(a, rowStride, kStride, panel, c, cStride, depth);
                break;
        }
    }

    // The number of rows is a constant to the JIT: what it does not need falls away, and the sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock<TRows>(float* a, nint rowStride, nint kStride, float* panel, float* c, nint cStride, int depth)
        where TRows : struct, IRowCount
    {
        var count = TLanes.Count;
        TLanes c00 = TLanes.Load(c), c01 = TLanes.Load(c + count);
        TLanes c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        TLanes c40 = default, c41 = default, c50 = default, c51 = default;
        if (TRows.Value > 1)
            (c10, c11) = (TLanes.Load(c + cStride), TLanes.Load(c + cStride + count));
        if (TRows.Value > 2)
            (c20, c21) = (TLanes.Load(c + 2 * cStride), TLanes.Load(c + 2 * cStride + count));
        if (TRows.Value > 3)
            (c30, c31) = (TLanes.Load(c + 3 * cStride), TLanes.Load(c + 3 * cStride + count));
        if (TRows.Value > 4)
            (c40, c41) = (TLanes.Load(c + 4 * cStride), TLanes.Load(c + 4 * cStride + count));
        if (TRows.Value > 5)
            (c50, c51) = (TLanes.Load(c + 5 * cStride), TLanes.Load(c + 5 * cStride + count));

        var a3 = a + 3 * rowStride; // fewer address registers
        for (var k = 0; k < depth; k++)
        {
            var b0 = TLanes.Load(panel);
            var b1 = TLanes.Load(panel + count);
            panel += 2 * count;
            var x = TLanes.Broadcast(*a);
            (c00, c01) = (TLanes.MultiplyAdd(x, b0, c00), TLanes.MultiplyAdd(x, b1, c01));
            if (TRows.Value > 1)
            {
                x = TLanes.Broadcast(a[rowStride]);
                (c10, c11) = (TLanes.MultiplyAdd(x, b0, c10), TLanes.MultiplyAdd(x, b1, c11));
            }

            if (TRows.Value > 2)
            {
                x = TLanes.Broadcast(a[2 * rowStride]);
                (c20, c21) = (TLanes.MultiplyAdd(x, b0, c20), TLanes.MultiplyAdd(x, b1, c21));
            }

            if (TRows.Value > 3)
            {
                x = TLanes.Broadcast(*a3);
                (c30, c31) = (TLanes.MultiplyAdd(x, b0, c30), TLanes.MultiplyAdd(x, b1, c31));
            }

            if (TRows.Value > 4)
            {
                x = TLanes.Broadcast(a3[rowStride]);
                (c40, c41) = (TLanes.MultiplyAdd(x, b0, c40), TLanes.MultiplyAdd(x, b1, c41));
            }

            if (TRows.Value > 5)
            {
                x = TLanes.Broadcast(a3[2 * rowStride]);
                (c50, c51) = (TLanes.MultiplyAdd(x, b0, c50), TLanes.MultiplyAdd(x, b1, c51));
            }

            a += kStride;
            a3 += kStride;
        }

        Store(c00, c01, c);
        if (TRows.Value > 1)
            Store(c10, c11, c + cStride);
        if (TRows.Value > 2)
            Store(c20, c21, c + 2 * cStride);
        if (TRows.Value > 3)
            Store(c30, c31, c + 3 * cStride);
        if (TRows.Value > 4)
            Store(c40, c41, c + 4 * cStride);
        if (TRows.Value > 5)
            Store(c50, c51, c + 5 * cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TLanes first, TLanes second, float* target)
    {
        TLanes.Store(first, target);
        TLanes.Store(second, target + TLanes.Count);
    }
}
