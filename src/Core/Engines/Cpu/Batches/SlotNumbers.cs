using System.Numerics.Tensors;

namespace GpuLstm.Engines.Cpu.Batches;

/// <summary>
/// The slots of a batch's tokens, or of its pairs: each number that occurs is given one, so that what depends on it is computed
/// once. One object is reused for batch after batch.
/// </summary>
internal sealed class SlotNumbers
{
    /// <summary>
    /// Up to so many numbers the table holds them all: compacting would cost more than the rows it saves.
    /// </summary>
    public const int MaxUncompacted = 1024;

    private readonly int[] slotOf;
    private readonly int tableWidth;

    /// <param name="numbers">How many there are: V tokens, or R rows of the pairs' table.</param>
    /// <param name="maxRows">The most rows a batch can have.</param>
    /// <param name="maxSteps">The most steps a batch can have.</param>
    /// <param name="tableWidth">The columns of the gate table.</param>
    /// <param name="rowMultiple">So many rows are read together.</param>
    /// <param name="stepsBeforePadding">See <see cref="CpuSlots.StepsBeforePadding"/>.</param>
    public SlotNumbers(
        int numbers, int maxRows, int maxSteps, int tableWidth, int rowMultiple, int[] stepsBeforePadding)
    {
        this.tableWidth = tableWidth;
        var isCompacted = numbers > MaxUncompacted;
        var maxSlots = CountOf(numbers, maxRows * maxSteps);
        slotOf = new int[isCompacted ? numbers : 0];
        Array.Fill(slotOf, -1);
        Numbers = [.. Enumerable.Range(0, maxSlots)];
        Slots = new CpuSlots(maxRows, maxSteps, rowMultiple)
        {
            IsCompacted = isCompacted,
            Count = isCompacted ? 0 : maxSlots,
            StepsBeforePadding = stepsBeforePadding,
        };
    }

    /// <summary>The slots, in the rows' order.</summary>
    public CpuSlots Slots { get; }

    /// <summary>The number of each slot [U].</summary>
    public int[] Numbers { get; }

    /// <summary>The most slots that batches of so many positions can have.</summary>
    public static int CountOf(int numbers, int positions) =>
        numbers > MaxUncompacted ? Math.Min(numbers, positions) : numbers;

    /// <summary>Begins a batch.</summary>
    public void Clear()
    {
        if (!Slots.IsCompacted)
            return;
        for (var slot = 0; slot < Slots.Count; slot++)
            slotOf[Numbers[slot]] = -1;
        Slots.Count = 0;
    }

    /// <summary>Gives slots to a row's steps.</summary>
    /// <param name="numbers">Of each step.</param>
    /// <param name="first">Where the row begins in the slots' table.</param>
    public void Add(ReadOnlySpan<int> numbers, int first)
    {
        var offsets = Slots.TableOffsets.AsSpan(first, numbers.Length);
        if (!Slots.IsCompacted)
        {
            TensorPrimitives.Multiply(numbers, tableWidth, offsets);
            return;
        }

        for (var t = 0; t < numbers.Length; t++)
        {
            ref var slot = ref slotOf[numbers[t]];
            if (slot < 0)
            {
                Numbers[Slots.Count] = numbers[t];
                slot = Slots.Count++;
            }

            offsets[t] = slot * tableWidth;
        }
    }

    /// <summary>Ends a batch.</summary>
    public void Complete(CpuBatch batch)
    {
        Slots.PaddingOffset = Slots.IsCompacted ? Math.Max(0, slotOf[0]) * tableWidth : 0;
        Slots.FillBehindRows(batch);
    }
}
