using GpuLstm.Data;
using GpuLstm.Model;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A batch as the CPU engine reads it: its rows in descending order of length, so that those still running at any step come
/// first, and its tokens as slots of the gate table. One object is reused for batch after batch.
/// </summary>
internal sealed class CpuBatch
{
    // Up to so many tokens the table holds the whole vocabulary: numbering would cost more than the rows it saves.
    private const int MostUnnumbered = 1024;

    private readonly int[] slotOfToken;
    private readonly bool numbered;
    private readonly long[] order;

    /// <param name="vocabularySize">V, rows of the embedding.</param>
    /// <param name="maxRows">The most rows a batch can have.</param>
    /// <param name="maxSteps">The most steps a batch can have.</param>
    public CpuBatch(int vocabularySize, int maxRows, int maxSteps)
    {
        numbered = vocabularySize > MostUnnumbered;
        MaxSlots = numbered ? Math.Min(vocabularySize, maxRows * maxSteps) : vocabularySize;
        slotOfToken = new int[numbered ? vocabularySize : 0];
        Array.Fill(slotOfToken, -1);
        SlotTokens = [.. Enumerable.Range(0, MaxSlots)];
        SlotCount = numbered ? 0 : MaxSlots;
        order = new long[maxRows];
        Source = new int[maxRows];
        Lengths = new int[maxRows];
        TokenCounts = new int[maxRows];
        Labels = new float[maxRows];
        Slots = new int[maxRows * maxSteps];
    }

    /// <summary>The most slots a batch can have.</summary>
    public int MaxSlots { get; }

    /// <summary>B.</summary>
    public int Rows { get; private set; }

    /// <summary>Steps of the longest row.</summary>
    public int Steps { get; private set; }

    /// <summary>U, slots in use.</summary>
    public int SlotCount { get; private set; }

    /// <summary>The token of each slot [U].</summary>
    public int[] SlotTokens { get; }

    /// <summary>The row of the given batch that each row here was [B].</summary>
    public int[] Source { get; }

    /// <summary>Steps each row runs [B], descending.</summary>
    public int[] Lengths { get; }

    /// <summary>Real tokens of each row [B], descending: behind them comes padding.</summary>
    public int[] TokenCounts { get; }

    /// <summary>0 or 1 for each row [B].</summary>
    public float[] Labels { get; }

    /// <summary>The slot of each position [B, T], row-major.</summary>
    public int[] Slots { get; }

    /// <summary>T, the distance between two rows of <see cref="Slots"/>.</summary>
    public int Stride { get; private set; }

    /// <summary>The slot of padding, where a row runs on behind its tokens.</summary>
    public int PaddingSlot { get; private set; }

    /// <summary>Reads a batch.</summary>
    /// <param name="batch">Tokens must lie in the vocabulary.</param>
    /// <param name="readout">With <see cref="Readout.LastStep"/> every row runs all steps, padding included.</param>
    public void Prepare(TokenBatch batch, Readout readout)
    {
        Rows = batch.Rows;
        Stride = batch.Steps;
        Steps = 0;
        for (var row = 0; row < Rows; row++)
            order[row] = ((long)-batch.Lengths[row] << 32) + row;
        order.AsSpan(0, Rows).Sort();
        ForgetSlots();
        for (var row = 0; row < Rows; row++)
        {
            var source = (int)(order[row] & int.MaxValue);
            Source[row] = source;
            TokenCounts[row] = batch.Lengths[source];
            Lengths[row] = readout == Readout.LastStep ? batch.Steps : batch.Lengths[source];
            Labels[row] = batch.Labels[source];
            Steps = Math.Max(Steps, Lengths[row]);
            var tokens = batch.Tokens.AsSpan(source * Stride, Lengths[row]);
            var slots = Slots.AsSpan(row * Stride, Lengths[row]);
            if (numbered)
                Number(tokens, slots);
            else
                tokens.CopyTo(slots);
        }

        PaddingSlot = numbered && Rows > 0 && TokenCounts[Rows - 1] < Steps ? Math.Max(0, slotOfToken[0]) : 0;
    }

    private void ForgetSlots()
    {
        if (!numbered)
            return;
        for (var slot = 0; slot < SlotCount; slot++)
            slotOfToken[SlotTokens[slot]] = -1;
        SlotCount = 0;
    }

    private void Number(ReadOnlySpan<int> tokens, Span<int> slots)
    {
        for (var t = 0; t < tokens.Length; t++)
        {
            ref var slot = ref slotOfToken[tokens[t]];
            if (slot < 0)
            {
                SlotTokens[SlotCount] = tokens[t];
                slot = SlotCount++;
            }

            slots[t] = slot;
        }
    }
}
