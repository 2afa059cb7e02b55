namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A batch's rows in blocks of up to six, which fill the registers of a product, and the blocks in groups whose gradients are
/// summed apart, so that threads need not meet. Both depend on the batch alone, not on the number of threads.
/// </summary>
/// <remarks>
/// Rows lie in descending order of length. A group takes every <see cref="GroupCount"/>-th block, so all have about as much
/// to do.
/// </remarks>
internal sealed class RowBlocks
{
    private readonly int maxSteps;
    private readonly int rowsOfGroup;
    private readonly int[] firsts;
    private readonly int[] running; // [blocks, T]

    /// <param name="limits">The largest batch.</param>
    /// <param name="rowsOfGroup">How many rows a group has, about.</param>
    public RowBlocks(EngineLimits limits, int rowsOfGroup)
    {
        this.rowsOfGroup = rowsOfGroup;
        maxSteps = limits.MaxSteps;
        firsts = new int[limits.MaxRows + 1];
        running = new int[limits.MaxRows * maxSteps];
    }

    /// <summary>How many blocks.</summary>
    public int Count { get; private set; }

    /// <summary>How many groups. Block b belongs to group b % <see cref="GroupCount"/>.</summary>
    public int GroupCount { get; private set; }

    /// <summary>The most groups that batches of so many rows can have.</summary>
    public static int GroupsOf(int rows, int rowsOfGroup) => (rows + rowsOfGroup - 1) / rowsOfGroup;

    /// <summary>The most blocks of a group of so many rows.</summary>
    public static int BlocksOf(int rowsOfGroup) => (rowsOfGroup + Gemm.BlockRows - 1) / Gemm.BlockRows;

    /// <summary>The first row of a block.</summary>
    public int First(int block) => firsts[block];

    /// <summary>Rows of a block.</summary>
    public int Rows(int block) => firsts[block + 1] - firsts[block];

    /// <summary>Rows of a block that run at a step: its first ones.</summary>
    public int Running(int block, int t) => running[block * maxSteps + t];

    /// <summary>Splits a batch.</summary>
    public void Prepare(CpuBatch batch)
    {
        GroupCount = GroupsOf(batch.Rows, rowsOfGroup);
        Count = Math.Min(batch.Rows, GroupCount * BlocksOf(Math.Min(rowsOfGroup, batch.Rows)));
        for (var block = 0; block < Count; block++)
        {
            var (first, end) = WorkShare.Of(batch.Rows, block, Count);
            firsts[block] = first;
            firsts[block + 1] = end;
            for (var t = 0; t < batch.Steps; t++)
                running[block * maxSteps + t] = Math.Clamp(batch.Running(t), first, end) - first;
        }
    }
}
