using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>What does not depend on the width of a register.</summary>
internal static class Gemm
{
    /// <summary>Rows of C that one block has at most.</summary>
    public const int BlockRows = 6;
}

/// <summary>
/// Matrix products C += A B in float32. B is packed into panels as wide as a strip of registers, [panel][k][strip], so that the
/// inner loop reads it front to back; a block of six rows of C by one panel stays in registers over the whole inner loop
/// (Goto and van de Geijn 2008, without their packing of A: ours is small and hot).
/// </summary>
/// <remarks>Every element of C is summed over k in ascending order, however rows and columns are split.</remarks>
internal static unsafe class Gemm<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>
    /// The width of the widest panel: six rows of two registers fill 16 of them, six rows of four 32 (AVX-512).
    /// </summary>
    public static int WidestPanel => (TLanes.Count == 16 ? 4 : 2) * TLanes.Count;

    /// <summary>Rounds a number of columns up to whole registers.</summary>
    public static int Padded(int columns) => (columns + TLanes.Count - 1) / TLanes.Count * TLanes.Count;

    /// <summary>The width of the next panel when so many columns, a multiple of a register's, are left.</summary>
    public static int PanelWidth(int columnsLeft)
    {
        if (columnsLeft >= WidestPanel)
            return WidestPanel;
        return columnsLeft >= 2 * TLanes.Count ? 2 * TLanes.Count : TLanes.Count;
    }

    /// <summary>Packs B [depth, columns] for products.</summary>
    /// <param name="b">Element (k, n) is at <c>k * kStride + n * nStride</c>.</param>
    /// <param name="kStride">Between rows of B.</param>
    /// <param name="nStride">Between columns of B.</param>
    /// <param name="depth">Rows of B.</param>
    /// <param name="columns">Columns of B; padded with 0 to whole registers.</param>
    /// <param name="packed">Written: [panels, depth, panel width]; the panel of column n begins at <c>n * depth</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* b, int kStride, int nStride, int depth, int columns, float* packed)
    {
        for (int first = 0, panelWidth; first < columns; first += panelWidth)
        {
            panelWidth = PanelWidth(Padded(columns - first));
            var width = Math.Min(panelWidth, columns - first);
            for (var k = 0; k < depth; k++)
            {
                var source = b + (nint)k * kStride + (nint)first * nStride;
                for (var n = 0; n < width; n++)
                    packed[n] = source[(nint)n * nStride];
                for (var n = width; n < panelWidth; n++)
                    packed[n] = 0;
                packed += panelWidth;
            }
        }
    }

    /// <summary>C [rows, columns] += A [rows, depth] B [depth, columns], panel after panel.</summary>
    /// <param name="a">Element (m, k) is at <c>m * rowStride + k * kStride</c>.</param>
    /// <param name="rowStride">Between rows of A.</param>
    /// <param name="kStride">Between columns of A.</param>
    /// <param name="packed">B as <see cref="Pack"/> leaves it, or a part of it that begins with a panel.</param>
    /// <param name="c">Element (m, n) is at <c>m * cStride + n</c>.</param>
    /// <param name="cStride">Between rows of C.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="columns">Columns of B and C, a multiple of a register's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(
        float* a, nint rowStride, nint kStride, float* packed, float* c, nint cStride, int rows, int depth, int columns)
    {
        for (int column = 0, width; column < columns; column += width)
        {
            width = PanelWidth(columns - column);
            AddPanel(a, rowStride, kStride, packed + (nint)column * depth, width, width, c + column, cStride, rows, depth);
        }
    }

    /// <summary>C [rows, width] += A [rows, depth] B [depth, width] for one panel, packed or not.</summary>
    /// <param name="a">Element (m, k) is at <c>m * rowStride + k * kStride</c>.</param>
    /// <param name="rowStride">Between rows of A.</param>
    /// <param name="kStride">Between columns of A.</param>
    /// <param name="b">Element (k, n) is at <c>k * bStride + n</c>.</param>
    /// <param name="bStride">Between rows of B; its width where it is a packed panel.</param>
    /// <param name="width">Columns of B and C: what <see cref="PanelWidth"/> gives.</param>
    /// <param name="c">Element (m, n) is at <c>m * cStride + n</c>.</param>
    /// <param name="cStride">Between rows of C.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddPanel(
        float* a, nint rowStride, nint kStride, float* b, nint bStride, int width, float* c, nint cStride, int rows, int depth)
    {
        if (width == 4 * TLanes.Count)
            AddPanel<Strip4<TLanes>>(a, rowStride, kStride, b, bStride, c, cStride, rows, depth);
        else if (width == 2 * TLanes.Count)
            AddPanel<Strip2<TLanes>>(a, rowStride, kStride, b, bStride, c, cStride, rows, depth);
        else
            AddPanel<Strip1<TLanes>>(a, rowStride, kStride, b, bStride, c, cStride, rows, depth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPanel<TStrip>(
        float* a, nint rowStride, nint kStride, float* b, nint bStride, float* c, nint cStride, int rows, int depth)
        where TStrip : unmanaged, IStrip<TStrip>
    {
        for (; rows >= Gemm.BlockRows; rows -= Gemm.BlockRows, a += Gemm.BlockRows * rowStride, c += Gemm.BlockRows * cStride)
            AddBlock<TStrip, Six>(a, rowStride, kStride, b, bStride, c, cStride, depth);
        switch (rows)
        {
            case 5:
                AddBlock<TStrip, Five>(a, rowStride, kStride, b, bStride, c, cStride, depth);
                break;
            case 4:
                AddBlock<TStrip, Four>(a, rowStride, kStride, b, bStride, c, cStride, depth);
                break;
            case 3:
                AddBlock<TStrip, Three>(a, rowStride, kStride, b, bStride, c, cStride, depth);
                break;
            case 2:
                AddBlock<TStrip, Two>(a, rowStride, kStride, b, bStride, c, cStride, depth);
                break;
            case 1:
                AddBlock<TStrip, One>(a, rowStride, kStride, b, bStride, c, cStride, depth);
                break;
        }
    }

    // Rows that a block does not have cost nothing: the conditions are constants, and the JIT leaves them out.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBlock<TStrip, TRows>(
        float* a, nint rowStride, nint kStride, float* b, nint bStride, float* c, nint cStride, int depth)
        where TStrip : unmanaged, IStrip<TStrip>
        where TRows : struct, IRowCount
    {
        TStrip c0 = TStrip.Load(c), c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        if (TRows.Value > 1)
            c1 = TStrip.Load(c + cStride);
        if (TRows.Value > 2)
            c2 = TStrip.Load(c + 2 * cStride);
        if (TRows.Value > 3)
            c3 = TStrip.Load(c + 3 * cStride);
        if (TRows.Value > 4)
            c4 = TStrip.Load(c + 4 * cStride);
        if (TRows.Value > 5)
            c5 = TStrip.Load(c + 5 * cStride);

        var twoRows = 2 * rowStride;
        var a3 = a + 3 * rowStride; // fewer address registers
        for (var k = depth; k > 0; k--)
        {
            var strip = TStrip.Load(b);
            b += bStride;
            c0 = TStrip.MultiplyAdd(a, strip, c0);
            if (TRows.Value > 1)
                c1 = TStrip.MultiplyAdd(a + rowStride, strip, c1);
            if (TRows.Value > 2)
                c2 = TStrip.MultiplyAdd(a + twoRows, strip, c2);
            if (TRows.Value > 3)
                c3 = TStrip.MultiplyAdd(a3, strip, c3);
            if (TRows.Value > 4)
                c4 = TStrip.MultiplyAdd(a3 + rowStride, strip, c4);
            if (TRows.Value > 5)
                c5 = TStrip.MultiplyAdd(a3 + twoRows, strip, c5);
            a += kStride;
            a3 += kStride;
        }

        TStrip.Store(c0, c);
        if (TRows.Value > 1)
            TStrip.Store(c1, c + cStride);
        if (TRows.Value > 2)
            TStrip.Store(c2, c + 2 * cStride);
        if (TRows.Value > 3)
            TStrip.Store(c3, c + 3 * cStride);
        if (TRows.Value > 4)
            TStrip.Store(c4, c + 4 * cStride);
        if (TRows.Value > 5)
            TStrip.Store(c5, c + 5 * cStride);
    }
}
