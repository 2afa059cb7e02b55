using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A group's share of the gate table's gradient: the gate gradients of its positions, summed by slot. Only slots that occur in
/// the group have a row, where the vocabulary is large.
/// </summary>
internal sealed unsafe class SlotSums<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int width;
    private readonly PinnedBuffer sums; // [rows, width]
    private readonly int[] rowOfSlot;
    private readonly int[] slots; // of each row
    private CpuBatch batch = null!;
    private int rows;

    /// <param name="width">Columns of the table.</param>
    /// <param name="maxSlots">The most slots a batch can have.</param>
    /// <param name="maxPositions">The most positions a group can have.</param>
    public SlotSums(int width, int maxSlots, int maxPositions)
    {
        this.width = width;
        sums = new PinnedBuffer((long)Math.Min(maxSlots, Math.Max(maxPositions, CpuBatch.MaxUncompacted)) * width);
        rowOfSlot = new int[maxSlots];
        slots = new int[sums.Length / width];
    }

    /// <summary>All sums 0.</summary>
    public void Begin(CpuBatch batch)
    {
        this.batch = batch;
        rows = 0;
        Array.Fill(rowOfSlot, -1, 0, batch.SlotCount);
        if (batch.IsCompacted)
            return;
        for (var slot = 0; slot < batch.SlotCount; slot++)
            AddRow(slot);
    }

    /// <summary>Where the sums of a slot lie, given where the slot's row of the table does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int OffsetOf(int tableOffset)
    {
        if (!batch.IsCompacted)
            return tableOffset;
        var slot = tableOffset / width;
        return (rowOfSlot[slot] is >= 0 and var row ? row : AddRow(slot)) * width;
    }

    /// <summary>Adds gate gradients to the sums at an offset, in some columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int offset, float* gradients, int firstColumn, int endColumn) =>
        Add(gradients, sums.Pointer + offset, firstColumn, endColumn);

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
