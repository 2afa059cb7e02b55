using System.Numerics;
using System.Runtime.CompilerServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>What the forward pass of a <see cref="UnitLanesLayer{TLanes}"/> leaves for the backward pass.</summary>
/// <remarks>
/// A register holds hidden units side by side; a "quad" is such a register's four gates, i, f, g, o, side by side in memory.
/// What a block of rows leaves lies together, step after step, for it is read again in the opposite order. Rows are further
/// apart than they are long, and not by a power of two, or they would share a few sets of the cache.
/// </remarks>
internal sealed unsafe class UnitLanesStates<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // More groups than this are not worth the sums that each needs, nor are sums of more than this many floats in all.
    private const int MaxGroups = 16;
    private const long MaxSums = 1 << 24;

    // Where no steps are kept, a step needs the one before.
    private const int TwoSteps = 2;

    private readonly PinnedBuffer gates; // [blocks, T, unit blocks, rows, quad]: activations
    private readonly PinnedBuffer cellStates; // [blocks, T, unit blocks, rows, lanes]
    private readonly PinnedBuffer hiddenStates; // [blocks, T, rows, state stride]
    private readonly PinnedBuffer zeros; // [padded]
    private readonly PinnedBuffer factors; // [B, padded]
    private int stepMask;
    private int steps; // that are kept

    /// <param name="hiddenSize">The number of hidden units H.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="keepsSteps">Whether there is room to keep the steps of a batch.</param>
    public UnitLanesStates(int hiddenSize, EngineLimits limits, bool keepsSteps)
    {
        HiddenSize = hiddenSize;
        Padded = Gemm<TLanes>.Padded(hiddenSize);
        Width = 4 * Padded;
        UnitBlocks = Padded / TLanes.Count;
        StateStride = Padded + (BitOperations.IsPow2(Padded + TLanes.Count) ? 2 : 1) * TLanes.Count;
        GateStride = Width + TLanes.Count;
        var positions = keepsSteps ? (long)limits.MaxRows * limits.MaxSteps : 0;
        gates = new PinnedBuffer(positions * Width);
        var kept = Math.Max(positions, TwoSteps * limits.MaxRows);
        cellStates = new PinnedBuffer(kept * Padded);
        hiddenStates = new PinnedBuffer(kept * StateStride);
        zeros = new PinnedBuffer(Padded);
        factors = new PinnedBuffer(keepsSteps ? (long)limits.MaxRows * Padded : 0);

        // Rows enough to make up for reading the weights. Up to 128 hidden units those are in the second-level cache, and two
        // blocks of four rows will do; with less than 16 lanes such a block would not keep the multipliers busy.
        var rowsPerGroup = TLanes.Count == 16 && Padded <= 128 ? 8 : 16;
        Blocks = new RowBlocks(
            limits, rowsPerGroup, maxGroups: (int)Math.Clamp(MaxSums / ((long)Width * StateStride), 1, MaxGroups));
    }

    /// <summary>Columns of a quad.</summary>
    public static int Quad => 4 * TLanes.Count;

    /// <summary>Hidden units H.</summary>
    public int HiddenSize { get; }

    /// <summary>H rounded up to whole registers.</summary>
    public int Padded { get; }

    /// <summary>Columns of all quads.</summary>
    public int Width { get; }

    /// <summary>Between rows of states.</summary>
    public int StateStride { get; }

    /// <summary>Between rows of gates.</summary>
    public int GateStride { get; }

    /// <summary>How many registers, and so quads, hold all hidden units.</summary>
    public int UnitBlocks { get; }

    /// <summary>How many panels hold all hidden units; the last may be narrower.</summary>
    public int Panels => (Padded + Gemm<TLanes>.WidestPanel - 1) / Gemm<TLanes>.WidestPanel;

    /// <summary>The batch.</summary>
    public CpuBatch Batch { get; private set; } = null!;

    /// <summary>Where its steps find their rows of the table.</summary>
    public CpuSlots Slots { get; private set; } = null!;

    /// <summary>Its rows in blocks.</summary>
    public RowBlocks Blocks { get; }

    /// <summary>Whether gates and states of all steps are kept, or the states of two steps only.</summary>
    public bool Keep { get; private set; }

    /// <summary>Whether hidden states are multiplied with factors, 0 or <see cref="KeptFactor"/>.</summary>
    public bool HasFactors { get; private set; }

    /// <summary>The factor that is not 0; 1 where there are none.</summary>
    public float KeptFactor { get; private set; }

    /// <summary>Begins a forward pass.</summary>
    public void Begin(CpuBatch batch, CpuSlots slots, bool keep, StateFactors? factors)
    {
        HasFactors = factors is not null;
        KeptFactor = factors?.Kept ?? 1;
        if (factors is { } given)
            given.Values.Span[..(batch.Rows * Padded)].CopyTo(this.factors.Span);
        (Batch, Slots) = (batch, slots);
        Keep = keep;
        stepMask = keep ? -1 : TwoSteps - 1;
        steps = keep ? batch.Steps : TwoSteps;
        Blocks.Prepare(batch);
    }

    /// <summary>Multiplies states of a block's rows, or their gradients, with their factors, in a register of units.</summary>
    /// <param name="block">The block.</param>
    /// <param name="rows">How many of its rows.</param>
    /// <param name="unitBlock">The register of units.</param>
    /// <param name="values">The first row's register.</param>
    /// <param name="stride">Between rows of the values.</param>
    public void MultiplyByFactors(int block, int rows, int unitBlock, float* values, nint stride)
    {
        var factor = factors.Pointer + (nint)Blocks.First(block) * Padded + unitBlock * TLanes.Count;
        for (var row = 0; row < rows; row++, values += stride, factor += Padded)
            TLanes.Store(TLanes.Load(values) * TLanes.Load(factor), values);
    }

    /// <summary>A block's hidden states after a step; before the first step they are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StridedRows Hidden(int t, int block) =>
        t < 0 ? new(zeros.Pointer, 0) : new(hiddenStates.Pointer + Position(t, block) * StateStride, StateStride);

    /// <summary>A block's cell states after a step, for a register of units; before the first step they are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StridedRows Cells(int t, int block, int unitBlock) => t < 0
        ? new(zeros.Pointer, 0)
        : new(cellStates.Pointer + Position(t, block) * Padded + unitBlock * Blocks.Rows(block) * TLanes.Count, TLanes.Count);

    /// <summary>A block's activated gates of a step, for a register of units, where they are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StridedRows Gates(int t, int block, int unitBlock) =>
        new(gates.Pointer + Position(t, block) * Width + unitBlock * Blocks.Rows(block) * Quad, Quad);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint Position(int t, int block) => (nint)Blocks.First(block) * steps + (nint)(t & stepMask) * Blocks.Rows(block);
}
