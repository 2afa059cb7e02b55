using System.Runtime.CompilerServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A group of rows on its way back through the steps of a <see cref="UnitLanesLayer{TLanes}"/>, a few steps at a time (a "span"):
/// the gate gradients of a span are added to the group's gradients of table and recurrent weights while they are in the cache.
/// </summary>
/// <remarks>
/// The steps of a span depend on the batch alone, and every sum runs over its positions in order; so no result depends on who
/// does which part of the work.
/// </remarks>
internal sealed unsafe class UnitLanesGroup<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Floats of gate gradients that a span has, more or less.
    private const int SpanFloats = 1 << 16;

    private readonly UnitLanesStates<TLanes> states;
    private readonly UnitLanesBackward<TLanes> backward;
    private readonly int number;
    private readonly int capacity; // positions of a span, at most
    private readonly int[] starts; // [span steps, blocks of the group]: where a block's positions begin in the span
    private readonly int[] sumOffsets; // [capacity]: where each position's slot has its sums
    private readonly PinnedBuffer gateGradients; // [capacity, gate stride]
    private readonly PinnedBuffer previousHidden; // h(t-1), packed: [panels, capacity, panel]
    private readonly (nint Offset, int Width)[] hiddenPanels; // of each register of units: its place in there
    private readonly PinnedBuffer weightGradient; // dW_hh [width, state stride]
    private readonly SlotSums<TLanes> slotSums;
    private int spanSteps;
    private int firstStep; // of the span in hand
    private int positions;

    public UnitLanesGroup(
        int number, UnitLanesStates<TLanes> states, UnitLanesBackward<TLanes> backward, EngineLimits limits, int maxSlots)
    {
        this.number = number;
        this.states = states;
        this.backward = backward;
        var rows = states.Blocks.MaxBlocksOfGroup * Gemm.BlockRows;
        capacity = Math.Max(rows, SpanFloats / states.Width);
        starts = new int[limits.MaxSteps * states.Blocks.MaxBlocksOfGroup];
        sumOffsets = new int[capacity];
        gateGradients = new PinnedBuffer((long)capacity * states.GateStride);
        previousHidden = new PinnedBuffer((long)capacity * states.Padded);
        hiddenPanels = new (nint, int)[states.UnitBlocks];
        for (int unit = 0, width; unit < states.Padded; unit += width)
        {
            width = Gemm<TLanes>.PanelWidth(states.Padded - unit);
            for (var n = 0; n < width; n += TLanes.Count)
                hiddenPanels[(unit + n) / TLanes.Count] = ((nint)unit * capacity + n, width);
        }

        weightGradient = new PinnedBuffer((long)states.Width * states.StateStride);
        slotSums = new SlotSums<TLanes>(states.Width, maxSlots, rows * limits.MaxSteps);
    }

    /// <summary>How many spans the batch has.</summary>
    public int Spans => (states.Batch.Steps + spanSteps - 1) / spanSteps;

    /// <summary>The steps of the span in hand.</summary>
    public (int First, int Last) Steps => (firstStep, Math.Min(states.Batch.Steps, firstStep + spanSteps) - 1);

    // Positions that one product of the weight gradient takes at once: a panel of hidden states stays in the first-level cache.
    private static int SumDepth => 4096 / Gemm<TLanes>.WidestPanel;

    /// <summary>The gradient of the recurrent weights in the layer's columns [width, state stride].</summary>
    public float* WeightGradient => weightGradient.Pointer;

    /// <summary>All sums 0.</summary>
    /// <param name="tableGradient">Written where each position has a slot of its own.</param>
    public void Begin(float* tableGradient)
    {
        spanSteps = Math.Clamp(SpanFloats / states.Width / states.Blocks.RowsOfGroup, 1, Math.Max(1, states.Batch.Steps));
        weightGradient.Span.Clear();
        slotSums.Begin(states.Slots, tableGradient);
    }

    /// <summary>Lays out a span's positions.</summary>
    public void BeginSpan(int span)
    {
        firstStep = span * spanSteps;
        positions = 0;
        var (first, last) = Steps;
        var (offsets, stride) = (states.Slots.TableOffsets, states.Batch.Stride);
        for (var t = last; t >= first; t--)
        {
            for (var block = number; block < states.Blocks.Count; block += states.Blocks.GroupCount)
            {
                StartOf(t, block) = positions;
                var row = states.Blocks.First(block);
                var endRow = row + states.Blocks.Running(block, t);
                for (; row < endRow; row++)
                    sumOffsets[positions++] = slotSums.OffsetOf(offsets[row * stride + t]);
            }
        }
    }

    /// <summary>Goes back through all steps alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* tableGradient)
    {
        Begin(tableGradient);
        for (var span = Spans - 1; span >= 0; span--)
        {
            BeginSpan(span);
            var (first, last) = Steps;
            for (var t = last; t >= first; t--)
            {
                Cells(t, 0, states.UnitBlocks);
                Product(t, 0, states.Padded);
            }

            AddUp(0, states.Width);
        }
    }

    /// <summary>
    /// A step back, for some registers of units: from the gradients of hidden and cell state to those of the gates before
    /// activation, and to the cell gradient of the step before. The hidden gradient becomes 0, ready for the product.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Cells(int t, int firstUnitBlock, int endUnitBlock)
    {
        for (var block = number; block < states.Blocks.Count; block += states.Blocks.GroupCount)
        {
            for (var unitBlock = firstUnitBlock; unitBlock < endUnitBlock; unitBlock++)
                CellBlock(t, block, unitBlock);
        }
    }

    /// <summary>
    /// The hidden gradient of the step before, dh(t-1) = dgates(t) W_hh, in some columns that begin and end with a panel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Product(int t, int firstColumn, int endColumn)
    {
        for (int column = firstColumn, width; column < endColumn && t > 0; column += width)
        {
            width = Gemm<TLanes>.PanelWidth(endColumn - column);
            for (var block = number; block < states.Blocks.Count; block += states.Blocks.GroupCount)
            {
                Gemm<TLanes>.AddPanel(
                    gateGradients.Pointer + (nint)StartOf(t, block) * states.GateStride, states.GateStride, 1,
                    backward.Weights + (nint)column * states.Width, width, width,
                    backward.HiddenGradient(states.Blocks.First(block)) + column, states.StateStride,
                    states.Blocks.Running(block, t), states.Width);
            }
        }
    }

    /// <summary>Adds the span's gate gradients to the group's sums, in some columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddUp(int firstColumn, int endColumn)
    {
        for (var position = 0; position < positions; position++)
        {
            slotSums.Add(
                sumOffsets[position], gateGradients.Pointer + (nint)position * states.GateStride, firstColumn, endColumn);
        }

        // dW_hh [width, H] += Σ dgates(t)ᵀ h(t-1)
        for (int position = 0, depth; position < positions; position += depth)
        {
            depth = Math.Min(SumDepth, positions - position);
            for (int unit = 0, width; unit < states.Padded; unit += width)
            {
                width = Gemm<TLanes>.PanelWidth(states.Padded - unit);
                Gemm<TLanes>.AddPanel(
                    gateGradients.Pointer + (nint)position * states.GateStride + firstColumn, 1, states.GateStride,
                    previousHidden.Pointer + (nint)unit * capacity + (nint)position * width, width, width,
                    weightGradient.Pointer + (nint)firstColumn * states.StateStride + unit, states.StateStride,
                    endColumn - firstColumn, depth);
            }
        }
    }

    /// <summary>Adds the group's sums to the table's gradient [U, width], in some columns.</summary>
    public void AddToTable(float* tableGradient, int firstColumn, int endColumn) =>
        slotSums.AddTo(tableGradient, firstColumn, endColumn);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int StartOf(int t, int block) =>
        ref starts[(t - firstStep) * states.Blocks.MaxBlocksOfGroup + block / states.Blocks.GroupCount];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CellBlock(int t, int block, int unitBlock)
    {
        var (firstRow, rows, position) = (states.Blocks.First(block), states.Blocks.Running(block, t), StartOf(t, block));
        backward.AddGradients(t, block, rows, unitBlock);
        var lanes = TLanes.Count;
        var unit = unitBlock * lanes;
        if (states.HasFactors)
            states.MultiplyByFactors(block, rows, unitBlock, backward.HiddenGradient(firstRow) + unit, states.StateStride);
        var (one, unscale) = (TLanes.Broadcast(1f), TLanes.Broadcast(1 / states.KeptFactor));
        var (hidden, hiddenBefore) = (states.Hidden(t, block), states.Hidden(t - 1, block));
        var (kept, cellsBefore) = (states.Gates(t, block, unitBlock), states.Cells(t - 1, block, unitBlock));
        float* h = hidden.First + unit, h0 = hiddenBefore.First + unit, c0 = cellsBefore.First, gates = kept.First;
        var gradients = gateGradients.Pointer + (nint)position * states.GateStride + 4 * unit;
        float* dHidden = backward.HiddenGradient(firstRow) + unit, dCell = backward.CellGradient(firstRow) + unit;
        var (packedOffset, packedWidth) = hiddenPanels[unitBlock];
        var packed = previousHidden.Pointer + packedOffset + (nint)position * packedWidth;
        nint gateStride = states.GateStride, stateStride = states.StateStride;
        var stepRows = states.Blocks.Rows(block);
        for (var row = 0; row < rows; row++)
        {
            Prefetch<TLanes>.Quad(gates - stepRows * states.Width);
            Prefetch<TLanes>.Register(c0 - stepRows * states.Padded);
            Prefetch<TLanes>.Register(h0 - stepRows * stateStride);
            TLanes i = TLanes.Load(gates), f = TLanes.Load(gates + lanes), g = TLanes.Load(
                gates + 2 * lanes), o = TLanes.Load(gates + 3 * lanes);
            // h = o tanh(c), times the factor: where that is 0 so is the gradient. And o is never 0.
            var tanhCell = TLanes.Load(h) * unscale / o;
            var dh = TLanes.Load(dHidden);
            var dc = TLanes.MultiplyAdd(dh, o * TLanes.NegativeMultiplyAdd(tanhCell, tanhCell, one), TLanes.Load(dCell));
            TLanes.Store(TLanes.Zero, dHidden);
            TLanes.Store(dc * f, dCell);
            TLanes.Store(dc * (g * i * (one - i)), gradients);
            TLanes.Store(dc * (TLanes.Load(c0) * f * (one - f)), gradients + lanes);
            TLanes.Store(dc * (i * TLanes.NegativeMultiplyAdd(g, g, one)), gradients + 2 * lanes);
            TLanes.Store(dh * (tanhCell * o * (one - o)), gradients + 3 * lanes);
            TLanes.Store(TLanes.Load(h0), packed);
            h += hidden.Stride;
            h0 += hiddenBefore.Stride;
            c0 += cellsBefore.Stride;
            gates += kept.Stride;
            gradients += gateStride;
            dHidden += stateStride;
            dCell += stateStride;
            packed += packedWidth;
        }
    }
}
