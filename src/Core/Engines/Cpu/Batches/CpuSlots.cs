using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu.Batches;

/// <summary>
/// In which row of a gate table each step of each row of a batch finds the input half of its gates, in the order in which a
/// direction of a layer runs the steps. One object is reused for batch after batch.
/// </summary>
/// <remarks>
/// The reverse direction begins with a row's last step. A position is a step of a row in the row's own order, numbered
/// row times <see cref="CpuBatch.PositionStride"/> + t; layers above the first have a slot for each.
/// </remarks>
internal sealed class CpuSlots
{
    private readonly int rowMultiple;

    /// <param name="maxRows">The most rows a batch can have.</param>
    /// <param name="maxSteps">The most steps a batch can have.</param>
    /// <param name="rowMultiple">So many rows are read together.</param>
    public CpuSlots(int maxRows, int maxSteps, int rowMultiple)
    {
        this.rowMultiple = rowMultiple;
        TableOffsets = GC.AllocateArray<int>(PaddedRows(maxRows) * maxSteps, pinned: true);
    }

    /// <summary>
    /// Where each step's row of the gate table begins, the width times its slot, [B, T] row-major; behind a row's end, and behind
    /// the last row, that of padding. The array never moves.
    /// </summary>
    public int[] TableOffsets { get; }

    /// <summary>U, slots in use.</summary>
    public int Count { get; set; }

    /// <summary>Where padding's row of the gate table begins, which a row reads that runs on behind its tokens.</summary>
    public int PaddingOffset { get; set; }

    /// <summary>Steps of each row after which all others are padding [B], descending.</summary>
    public int[] StepsBeforePadding { get; set; } = [];

    /// <summary>Whether the slots are the batch's own tokens, in order of appearance, rather than the whole vocabulary.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>Whether each position has a slot of its own.</summary>
    public bool ArePositions { get; private set; }

    /// <summary>Whether a row begins with its last step.</summary>
    public bool IsReversed { get; private set; }

    /// <summary>The position of a direction's step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PositionOf(CpuBatch batch, int row, int step) =>
        row * batch.PositionStride + (IsReversed ? batch.Lengths[row] - 1 - step : step);

    /// <summary>Takes other slots of a batch in the reverse order.</summary>
    public void Reverse(CpuBatch batch, CpuSlots slots)
    {
        IsReversed = true;
        (Count, PaddingOffset, StepsBeforePadding) = (slots.Count, slots.PaddingOffset, batch.Lengths);
        for (var row = 0; row < batch.Rows; row++)
        {
            var (first, length) = (row * batch.Stride, batch.Lengths[row]);
            slots.TableOffsets.AsSpan(first, length).CopyTo(TableOffsets.AsSpan(first));
            TableOffsets.AsSpan(first, length).Reverse();
        }

        FillBehindRows(batch);
    }

    /// <summary>Gives each position of a batch a slot of its own; padding reads the one behind all.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tableWidth">The columns of the gate table.</param>
    /// <param name="reversed">Whether a row begins with its last step.</param>
    public void TakePositions(CpuBatch batch, int tableWidth, bool reversed)
    {
        (ArePositions, IsReversed, StepsBeforePadding) = (true, reversed, batch.Lengths);
        Count = batch.Rows * batch.PositionStride;
        PaddingOffset = Count * tableWidth;
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var step = 0; step < batch.Lengths[row]; step++)
                TableOffsets[row * batch.Stride + step] = PositionOf(batch, row, step) * tableWidth;
        }

        FillBehindRows(batch);
    }

    /// <summary>What stands behind a row's end, and behind the last row.</summary>
    public void FillBehindRows(CpuBatch batch)
    {
        for (var row = batch.Rows - 1; row >= 0 && batch.Lengths[row] < batch.Steps; row--)
        {
            TableOffsets.AsSpan(row * batch.Stride + batch.Lengths[row], batch.Steps - batch.Lengths[row])
                .Fill(PaddingOffset);
        }

        TableOffsets.AsSpan(batch.Rows * batch.Stride, (PaddedRows(batch.Rows) - batch.Rows) * batch.Stride)
            .Fill(PaddingOffset);
    }

    private int PaddedRows(int rows) => (rows + rowMultiple - 1) / rowMultiple * rowMultiple;
}
