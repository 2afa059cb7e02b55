using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A batch's rows in blocks of up to six, which fill the registers of a product, and the blocks in groups whose gradients are
/// summed apart, so that threads need not meet. Both depend on the batch alone, not on the number of threads.
/// </summary>
/// <remarks>
/// Rows are in descending order of length. A group takes every <see cref="GroupCount"/>-th block, so all have about as much
/// to do.
/// </remarks>
internal sealed class RowBlocks
{
    private readonly int maxSteps;
    private readonly int rowsPerGroup;
    private readonly int maxGroups;
    private readonly int[] firsts;
    private readonly int[] running; // [blocks, T]

    /// <param name="limits">The largest batch.</param>
    /// <param name="rowsPerGroup">
    /// Rows that a group has at most, as long as that makes no more than <paramref name="maxGroups"/>.
    /// </param>
    /// <param name="maxGroups">Groups that a batch has at most.</param>
    public RowBlocks(EngineLimits limits, int rowsPerGroup, int maxGroups)
    {
        this.rowsPerGroup = rowsPerGroup;
        this.maxGroups = maxGroups;
        maxSteps = limits.MaxSteps;
        GroupsOfLargest = GroupsOf(limits.MaxRows);
        MaxBlocksOfGroup = BlocksOf(Math.Max(rowsPerGroup, (limits.MaxRows + maxGroups - 1) / maxGroups));
        firsts = new int[GroupsOfLargest * MaxBlocksOfGroup + 1];
        running = new int[GroupsOfLargest * MaxBlocksOfGroup * maxSteps];
    }

    /// <summary>Groups of the largest batch.</summary>
    public int GroupsOfLargest { get; }

    /// <summary>Blocks that a group of any batch has at most.</summary>
    public int MaxBlocksOfGroup { get; }

    /// <summary>How many blocks.</summary>
    public int Count { get; private set; }

    /// <summary>How many groups. Block b belongs to group b % <see cref="GroupCount"/>.</summary>
    public int GroupCount { get; private set; }

    /// <summary>Rows that a group of this batch has at most.</summary>
    public int RowsOfGroup { get; private set; }

    /// <summary>The first row of a block.</summary>
    public int First(int block) => firsts[block];

    /// <summary>Rows of a block.</summary>
    public int Rows(int block) => firsts[block + 1] - firsts[block];

    /// <summary>Rows of a block that run at a step: its first ones.</summary>
    public int Running(int block, int t) => running[block * maxSteps + t];

    /// <summary>Splits a batch.</summary>
    public void Prepare(CpuBatch batch)
    {
        GroupCount = GroupsOf(batch.Rows);
        var blocksOfGroup = BlocksOf((batch.Rows + GroupCount - 1) / GroupCount);
        Count = Math.Min(batch.Rows, GroupCount * blocksOfGroup);
        RowsOfGroup = blocksOfGroup * ((batch.Rows + Count - 1) / Count);
        for (var block = 0; block < Count; block++)
        {
            var (first, end) = WorkShare.Of(batch.Rows, block, Count);
            firsts[block] = first;
            firsts[block + 1] = end;
            for (var t = 0; t < batch.Steps; t++)
                running[block * maxSteps + t] = Math.Clamp(batch.Running(t), first, end) - first;
        }
    }

    private static int BlocksOf(int rows) => (rows + Gemm.BlockRows - 1) / Gemm.BlockRows;

    private int GroupsOf(int rows) => Math.Min(maxGroups, (rows + rowsPerGroup - 1) / rowsPerGroup);
}
