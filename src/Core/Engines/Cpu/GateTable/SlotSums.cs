using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A group's share of the gate table's gradient: the gate gradients of its positions, summed by slot. Only slots that occur in
/// the group have a row, where the vocabulary is large; where each position has a slot of its own, nothing is summed.
/// </summary>
internal sealed unsafe class SlotSums<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int width;
    private readonly PinnedBuffer sums; // [rows, width]
    private readonly int[] rowOfSlot;
    private readonly int[] slots; // of each row
    private CpuSlots table = null!;
    private float* positions; // the table's gradient, where each position has a slot of its own
    private int rows;

    /// <param name="width">Columns of the table.</param>
    /// <param name="maxSlots">The most slots a batch can have.</param>
    /// <param name="maxPositions">The most positions a group can have.</param>
    public SlotSums(int width, int maxSlots, int maxPositions)
    {
        this.width = width;
        sums = new PinnedBuffer((long)Math.Min(maxSlots, Math.Max(maxPositions, SlotNumbers.MaxUncompacted)) * width);
        rowOfSlot = new int[maxSlots];
        slots = new int[sums.Length / width];
    }

    /// <summary>All sums 0.</summary>
    /// <param name="table">The slots.</param>
    /// <param name="tableGradient">Written where each position has a slot of its own [U, width].</param>
    public void Begin(CpuSlots table, float* tableGradient)
    {
        this.table = table;
        positions = table.ArePositions ? tableGradient : null;
        rows = 0;
        if (table.ArePositions)
            return;
        Array.Fill(rowOfSlot, -1, 0, table.Count);
        if (table.IsCompacted)
            return;
        for (var slot = 0; slot < table.Count; slot++)
            AddRow(slot);
    }

    /// <summary>Where the sums of a slot lie, given where the slot's row of the table does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int OffsetOf(int tableOffset)
    {
        if (!table.IsCompacted)
            return tableOffset;
        var slot = tableOffset / width;
        return (rowOfSlot[slot] is >= 0 and var row ? row : AddRow(slot)) * width;
    }

    /// <summary>Adds gate gradients to the sums at an offset, in some columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int offset, float* gradients, int firstColumn, int endColumn)
    {
        if (positions == null)
        {
            Add(gradients, sums.Pointer + offset, firstColumn, endColumn);
            return;
        }

        var columns = endColumn - firstColumn;
        new ReadOnlySpan<float>(gradients + firstColumn, columns)
            .CopyTo(new Span<float>(positions + offset + firstColumn, columns));
    }

    /// <summary>Adds the sums to the table's gradient [U, width], in some columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddTo(float* tableGradient, int firstColumn, int endColumn)
    {
        for (var row = 0; row < rows; row++)
            Add(sums.Pointer + (nint)row * width, tableGradient + (nint)slots[row] * width, firstColumn, endColumn);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* source, float* target, int firstColumn, int endColumn)
    {
        for (var column = firstColumn; column < endColumn; column += TLanes.Count)
            TLanes.Store(TLanes.Load(target + column) + TLanes.Load(source + column), target + column);
    }

    private int AddRow(int slot)
    {
        sums.Span.Slice(rows * width, width).Clear();
        slots[rows] = slot;
        return rowOfSlot[slot] = rows++;
    }
}
