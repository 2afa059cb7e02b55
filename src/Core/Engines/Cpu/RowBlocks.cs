namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A batch's rows in blocks for products: of six, which fill the registers, with two of four or fewer at the end rather than one
/// of one or two, which would take nearly as long as six.
/// </summary>
internal sealed class RowBlocks
{
    private const int Most = 6;
    private readonly int[] firsts;
    private readonly int[] running; // [blocks, T]
    private readonly int maxSteps;

    /// <param name="limits">The largest batch.</param>
    public RowBlocks(EngineLimits limits)
    {
        maxSteps = limits.MaxSteps;
        firsts = new int[limits.MaxRows / Most + 3];
        running = new int[firsts.Length * maxSteps];
    }

    /// <summary>How many blocks.</summary>
    public int Count { get; private set; }

    /// <summary>The first row of a block.</summary>
    public int First(int block) => firsts[block];

    /// <summary>How many rows of a block run at a step: its first ones, for they lie in descending order of length.</summary>
    public int Running(int block, int t) => running[block * maxSteps + t];

    /// <summary>Splits a batch.</summary>
    public void Prepare(CpuBatch batch)
    {
        Count = 0;
        for (var first = 0; first < batch.Rows;)
        {
            var left = batch.Rows - first;
            var count = left is 7 or 8 ? 4 : Math.Min(Most, left);
            for (var t = 0; t < batch.Steps; t++)
                running[Count * maxSteps + t] = Math.Clamp(batch.Running(t) - first, 0, count);
            firsts[Count++] = first;
            first += count;
        }
    }
}
