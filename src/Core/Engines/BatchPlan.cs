using GpuLstm.Data;
using GpuLstm.Model;

namespace GpuLstm.Engines;

/// <summary>
/// A batch as the engines read it: the distinct tokens of the batch are numbered as slots, and the positions sorted by
/// slot, so that the input half of the gates is computed once a slot and its gradients are summed in a fixed order.
/// One plan is reused for batch after batch.
/// </summary>
/// <remarks>Positions are numbered t B + b. Only the steps that run count: a row's first <see cref="Lengths"/> ones.</remarks>
internal sealed class BatchPlan
{
    private readonly int[] slotOfToken;
    private readonly int[] cursors;

    /// <param name="vocabularySize">V, rows of the embedding.</param>
    /// <param name="maxRows">The most rows a batch can have.</param>
    /// <param name="maxSteps">The most steps a batch can have.</param>
    public BatchPlan(int vocabularySize, int maxRows, int maxSteps)
    {
        var positions = maxRows * maxSteps;
        MaxSlots = Math.Max(1, Math.Min(vocabularySize, positions));
        slotOfToken = new int[vocabularySize];
        Array.Fill(slotOfToken, -1);
        cursors = new int[MaxSlots];
        Lengths = new int[maxRows];
        Labels = new float[maxRows];
        Slots = new int[positions];
        SlotTokens = new int[MaxSlots];
        SegmentStarts = new int[MaxSlots + 1];
        SortedPositions = new int[positions];
    }

    /// <summary>The most slots a batch can have.</summary>
    public int MaxSlots { get; }

    /// <summary>B.</summary>
    public int Rows { get; private set; }

    /// <summary>T: the steps of the longest row.</summary>
    public int Steps { get; private set; }

    /// <summary>U, the number of distinct tokens.</summary>
    public int SlotCount { get; private set; }

    /// <summary>T B.</summary>
    public int Positions => Steps * Rows;

    /// <summary>Steps each row runs [B].</summary>
    public int[] Lengths { get; }

    /// <summary>0 or 1 for each row [B].</summary>
    public float[] Labels { get; }

    /// <summary>The slot of each position [T, B]; 0 behind a row's end.</summary>
    public int[] Slots { get; }

    /// <summary>The token of each slot [U].</summary>
    public int[] SlotTokens { get; }

    /// <summary>Where each slot's segment of <see cref="SortedPositions"/> begins, and where the last ends [U + 1].</summary>
    public int[] SegmentStarts { get; }

    /// <summary>The positions that run, sorted by slot, ascending within a slot.</summary>
    public int[] SortedPositions { get; }

    /// <summary>Reads a batch.</summary>
    /// <param name="batch">Tokens must lie in the vocabulary.</param>
    /// <param name="readout">With <see cref="Readout.LastStep"/> every row runs all steps, padding included.</param>
    public void Prepare(TokenBatch batch, Readout readout)
    {
        Rows = batch.Rows;
        Steps = 0;
        for (var row = 0; row < Rows; row++)
        {
            Lengths[row] = readout == Readout.LastStep ? batch.Steps : batch.Lengths[row];
            Labels[row] = batch.Labels[row];
            Steps = Math.Max(Steps, Lengths[row]);
        }

        NumberSlots(batch);
        SortPositions();
    }

    private void NumberSlots(TokenBatch batch)
    {
        for (var slot = 0; slot < SlotCount; slot++)
            slotOfToken[SlotTokens[slot]] = -1;
        SlotCount = 0;
        for (var t = 0; t < Steps; t++)
        {
            for (var row = 0; row < Rows; row++)
            {
                var position = t * Rows + row;
                if (t >= Lengths[row])
                {
                    Slots[position] = 0;
                    continue;
                }

                var token = batch.Tokens[row * batch.Steps + t];
                if (slotOfToken[token] < 0)
                {
                    cursors[SlotCount] = 0;
                    SlotTokens[SlotCount] = token;
                    slotOfToken[token] = SlotCount++;
                }

                Slots[position] = slotOfToken[token];
                cursors[Slots[position]]++;
            }
        }
    }

    // A counting sort: cursors hold each slot's count, then where its next position goes.
    private void SortPositions()
    {
        var start = 0;
        for (var slot = 0; slot < SlotCount; slot++)
        {
            SegmentStarts[slot] = start;
            start += cursors[slot];
            cursors[slot] = SegmentStarts[slot];
        }

        SegmentStarts[SlotCount] = start;
        for (var t = 0; t < Steps; t++)
        {
            for (var row = 0; row < Rows; row++)
            {
                if (t < Lengths[row])
                    SortedPositions[cursors[Slots[t * Rows + row]]++] = t * Rows + row;
            }
        }
    }
}
