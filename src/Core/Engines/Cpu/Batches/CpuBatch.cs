using System.Numerics.Tensors;
using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Engines.Cpu.Batches;

/// <summary>
/// A batch as the CPU engine reads it: its rows in descending order of length, so that those still running at any step come
/// first, and for its tokens where their rows of the gate table begin. One object is reused for batch after batch.
/// </summary>
internal sealed class CpuBatch
{
    /// <summary>
    /// Up to so many tokens the table holds the whole vocabulary: compacting would cost more than the rows it saves.
    /// </summary>
    public const int MaxUncompacted = 1024;

    private readonly int[] slotOfToken;
    private readonly int tableWidth;
    private readonly long[] order;
    private readonly int[] running;

    /// <param name="vocabularySize">V, rows of the embedding.</param>
    /// <param name="maxRows">The most rows a batch can have.</param>
    /// <param name="maxSteps">The most steps a batch can have.</param>
    /// <param name="tableWidth">The columns of the gate table.</param>
    /// <param name="rowMultiple">So many rows are read together.</param>
    public CpuBatch(int vocabularySize, int maxRows, int maxSteps, int tableWidth, int rowMultiple)
    {
        this.tableWidth = tableWidth;
        var isCompacted = vocabularySize > MaxUncompacted;
        var maxSlots = SlotsOf(vocabularySize, maxRows * maxSteps);
        slotOfToken = new int[isCompacted ? vocabularySize : 0];
        Array.Fill(slotOfToken, -1);
        SlotTokens = [.. Enumerable.Range(0, maxSlots)];
        TokenCounts = new int[maxRows];
        Slots = new CpuSlots(maxRows, maxSteps, rowMultiple)
        {
            IsCompacted = isCompacted,
            Count = isCompacted ? 0 : maxSlots,
            StepsBeforePadding = TokenCounts,
        };
        order = new long[maxRows];
        Source = new int[maxRows];
        Lengths = new int[maxRows];
        Labels = new int[maxRows];
        running = new int[maxSteps];
    }

    /// <summary>Rows of a batch B.</summary>
    public int Rows { get; private set; }

    /// <summary>Steps of the longest row.</summary>
    public int Steps { get; private set; }

    /// <summary>The slots of the tokens, in the rows' order.</summary>
    public CpuSlots Slots { get; }

    /// <summary>The token of each slot [U].</summary>
    public int[] SlotTokens { get; }

    /// <summary>The row of the given batch that each row here was [B].</summary>
    public int[] Source { get; }

    /// <summary>Steps each row runs [B], descending.</summary>
    public int[] Lengths { get; }

    /// <summary>Real tokens of each row [B], descending: behind them comes padding.</summary>
    public int[] TokenCounts { get; }

    /// <summary>The class of each row, from 0 [B].</summary>
    public int[] Labels { get; }

    /// <summary>What is dropped of it in a training step; null: nothing.</summary>
    public DropoutStep? Dropout { get; set; }

    /// <summary>T, the distance between two rows of <see cref="CpuSlots.TableOffsets"/>.</summary>
    public int Stride { get; private set; }

    /// <summary>
    /// The distance between two rows' positions: odd, as rows that lie at an even distance may meet in few sets of the caches.
    /// </summary>
    public int PositionStride => PositionStrideOf(Stride);

    /// <summary>Room for the positions of a batch [positions], whatever its steps up to the most.</summary>
    public static int PositionsOf(int rows, int steps) => checked(rows * PositionStrideOf(steps));

    private static int PositionStrideOf(int steps) => steps | 1;

    /// <summary>The most slots that batches of so many positions can have.</summary>
    public static int SlotsOf(int vocabularySize, int positions) =>
        vocabularySize > MaxUncompacted ? Math.Min(vocabularySize, positions) : vocabularySize;

    /// <summary>How many rows run at a step: the first ones.</summary>
    public int Running(int t) => running[t];

    /// <summary>Reads a batch.</summary>
    /// <param name="batch">Tokens must be in the vocabulary.</param>
    /// <param name="textLengths">With <see cref="TextLengths.Padded"/> every row runs all steps, padding included.</param>
    public void Prepare(TokenBatch batch, TextLengths textLengths)
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
            Lengths[row] = textLengths == TextLengths.Padded ? batch.Steps : batch.Lengths[source];
            Labels[row] = batch.Labels[source];
            Steps = Math.Max(Steps, Lengths[row]);
            var tokens = batch.Tokens.AsSpan(source * Stride, Lengths[row]);
            var offsets = Slots.TableOffsets.AsSpan(row * Stride, Lengths[row]);
            if (Slots.IsCompacted)
                Number(tokens, offsets);
            else
                TensorPrimitives.Multiply(tokens, tableWidth, offsets);
        }

        for (var (t, rows) = (0, Rows); t < Steps; t++)
        {
            while (Lengths[rows - 1] <= t)
                rows--;
            running[t] = rows;
        }

        Slots.PaddingOffset = Slots.IsCompacted ? Math.Max(0, slotOfToken[0]) * tableWidth : 0;
        Slots.FillBehindRows(this);
    }

    private void ForgetSlots()
    {
        if (!Slots.IsCompacted)
            return;
        for (var slot = 0; slot < Slots.Count; slot++)
            slotOfToken[SlotTokens[slot]] = -1;
        Slots.Count = 0;
    }

    private void Number(ReadOnlySpan<int> tokens, Span<int> offsets)
    {
        for (var t = 0; t < tokens.Length; t++)
        {
            ref var slot = ref slotOfToken[tokens[t]];
            if (slot < 0)
            {
                SlotTokens[Slots.Count] = tokens[t];
                slot = Slots.Count++;
            }

            offsets[t] = slot * tableWidth;
        }
    }
}
