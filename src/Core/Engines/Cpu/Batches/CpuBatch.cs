using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Engines.Cpu.Batches;

/// <summary>
/// A batch as the CPU engine reads it: its rows in descending order of length, so that those still running at any step come
/// first, and for its tokens where their rows of the gate table begin. One object is reused for batch after batch.
/// </summary>
internal sealed class CpuBatch
{
    private readonly PairOptions? pairs;
    private readonly int[] rowPairs;
    private readonly long[] order;
    private readonly int[] running;

    /// <param name="options">The model.</param>
    /// <param name="maxRows">The most rows a batch can have.</param>
    /// <param name="maxSteps">The most steps a batch can have.</param>
    /// <param name="tableWidth">The columns of the gate table.</param>
    /// <param name="rowMultiple">So many rows are read together.</param>
    public CpuBatch(ModelOptions options, int maxRows, int maxSteps, int tableWidth, int rowMultiple)
    {
        pairs = options.Pairs;
        TokenCounts = new int[maxRows];
        Tokens = NumbersOf(options.VocabularySize, tableWidth);
        Pairs = pairs is null ? null : NumbersOf(pairs.Rows, width: 1);
        rowPairs = new int[pairs is null ? 0 : maxSteps];
        Ngrams = options.Ngrams is { } ngrams ? new NgramNumbers(ngrams, maxRows * maxSteps) : null;
        order = new long[maxRows];
        Source = new int[maxRows];
        Lengths = new int[maxRows];
        Labels = new int[maxRows];
        running = new int[maxSteps];

        SlotNumbers NumbersOf(int numbers, int width) => new(numbers, maxRows, maxSteps, width, rowMultiple, TokenCounts);
    }

    /// <summary>Rows of a batch B.</summary>
    public int Rows { get; private set; }

    /// <summary>Steps of the longest row.</summary>
    public int Steps { get; private set; }

    /// <summary>The tokens.</summary>
    public SlotNumbers Tokens { get; }

    /// <summary>
    /// The rows of the pairs' table; as no gates are computed of them, a slot is its offset. Null where the model has none.
    /// </summary>
    public SlotNumbers? Pairs { get; }

    /// <summary>The rows of the n-grams' table; null where the model has none.</summary>
    public NgramNumbers? Ngrams { get; }

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
        Tokens.Clear();
        Pairs?.Clear();
        Ngrams?.Clear();
        for (var row = 0; row < Rows; row++)
        {
            var source = (int)(order[row] & int.MaxValue);
            Source[row] = source;
            TokenCounts[row] = batch.Lengths[source];
            Lengths[row] = textLengths == TextLengths.Padded ? batch.Steps : batch.Lengths[source];
            Labels[row] = batch.Labels[source];
            Steps = Math.Max(Steps, Lengths[row]);
            var tokens = batch.Tokens.AsSpan(source * Stride, Lengths[row]);
            Tokens.Add(tokens, row * Stride);
            Ngrams?.Add(tokens);
            if (pairs is not null)
            {
                PairHash.Rows(tokens, pairs.Rows, rowPairs);
                Pairs!.Add(rowPairs.AsSpan(0, tokens.Length), row * Stride);
            }
        }

        for (var (t, rows) = (0, Rows); t < Steps; t++)
        {
            while (Lengths[rows - 1] <= t)
                rows--;
            running[t] = rows;
        }

        Tokens.Complete(this);
    }
}
