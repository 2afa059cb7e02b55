using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// All steps forward of a <see cref="UnitLanesLayer{TLanes}"/>. A block of rows and a register of units at a time: its quad of
/// the gate table, plus the rows' last hidden states times the packed recurrent weights, then the gate math while that is in the
/// first-level cache.
/// </summary>
internal sealed unsafe class UnitLanesForward<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Blocks of rows that go through the steps together: their states stay in the cache, and the weights serve them all.
    private const int BlocksTogether = 12;

    private readonly UnitLanesStates<TLanes> states;
    private readonly WorkerPool pool;
    private readonly PinnedBuffer weights; // W_hhᵀ [H, width], packed
    private readonly PinnedBuffer quads; // [threads, block rows, quad]
    private readonly Action<int, int> rowsPart;
    private readonly Action<int, int> unitsPart;
    private float* table;
    private float* output;
    private int step;

    public UnitLanesForward(UnitLanesStates<TLanes> states, WorkerPool pool)
    {
        this.states = states;
        this.pool = pool;
        weights = new PinnedBuffer((long)states.HiddenSize * states.Width);
        quads = new PinnedBuffer((long)pool.Count * Gemm.BlockRows * UnitLanesStates<TLanes>.Quad);
        rowsPart = RowsPart;
        unitsPart = UnitsPart;
    }

    /// <summary>Takes the recurrent weights, W_hh in the layer's columns [width, padded].</summary>
    public void Pack(float* scattered) =>
        Gemm<TLanes>.Pack(scattered, 1, states.Padded, states.HiddenSize, states.Width, weights.Pointer);

    /// <summary>Runs all steps of the batch.</summary>
    /// <param name="table">The gate table [U, width].</param>
    /// <param name="splitUnits">Whether threads share the units of a step, rather than the rows.</param>
    /// <param name="lastHidden">Each row's last hidden state, written [B, H]; 0 for a row without steps.</param>
    /// <param name="output">Each position's hidden state, written [positions, padded]; null for none.</param>
    public void Run(float* table, bool splitUnits, Span<float> lastHidden, float* output)
    {
        this.table = table;
        this.output = output;
        if (splitUnits)
        {
            for (step = 0; step < states.Batch.Steps; step++)
                pool.Run(unitsPart);
        }
        else
        {
            pool.Run(rowsPart, states.Blocks.Count);
        }

        for (var block = 0; block < states.Blocks.Count; block++)
        {
            for (var row = 0; row < states.Blocks.Rows(block); row++)
            {
                CopyLastHidden(
                    block, row, lastHidden.Slice((states.Blocks.First(block) + row) * states.HiddenSize, states.HiddenSize));
            }
        }
    }

    private void CopyLastHidden(int block, int row, Span<float> target)
    {
        var length = states.Batch.Lengths[states.Blocks.First(block) + row];
        if (length == 0)
        {
            target.Clear();
            return;
        }

        var hidden = states.Hidden(length - 1, block);
        new ReadOnlySpan<float>(hidden.First + row * hidden.Stride, target.Length).CopyTo(target);
    }

    /// <summary>A share of the blocks of rows, a few of them at once through all steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RowsPart(int part, int parts)
    {
        for (var first = part; first < states.Blocks.Count; first += parts * BlocksTogether)
        {
            var end = Math.Min(states.Blocks.Count, first + parts * BlocksTogether);
            for (var t = 0; t < states.Batch.Steps && states.Blocks.Running(first, t) > 0; t++)
                Step(t, first, end, parts, Quads(part));
        }
    }

    /// <summary>A share of the blocks of rows times the registers of units, for one step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void UnitsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(states.Blocks.Count * states.UnitBlocks, part, parts);
        for (var item = first; item < end; item++)
            StepBlock(step, item % states.Blocks.Count, item / states.Blocks.Count, Quads(part));
    }

    private float* Quads(int part) => quads.Pointer + (nint)part * Gemm.BlockRows * UnitLanesStates<TLanes>.Quad;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step(int t, int firstBlock, int endBlock, int stride, float* quads)
    {
        // Rows inside units: the weights of a register of units serve all blocks of rows.
        for (var unitBlock = 0; unitBlock < states.UnitBlocks; unitBlock++)
        {
            for (var block = firstBlock; block < endBlock; block += stride)
                StepBlock(t, block, unitBlock, quads);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepBlock(int t, int block, int unitBlock, float* quads)
    {
        var (firstRow, rows) = (states.Blocks.First(block), states.Blocks.Running(block, t));
        var quad = UnitLanesStates<TLanes>.Quad;
        var column = unitBlock * quad;
        var (offsets, stride) = (states.Slots.TableOffsets, states.Batch.Stride);
        for (var row = 0; row < rows; row++)
        {
            var source = table + offsets[(firstRow + row) * stride + t] + column;
            Strip4<TLanes>.Store(Strip4<TLanes>.Load(source), quads + row * quad);
        }

        if (t > 0)
        {
            var hidden = states.Hidden(t - 1, block);
            Gemm<TLanes>.Add(
                hidden.First, hidden.Stride, 1, weights.Pointer + (nint)column * states.HiddenSize, quads, quad, rows,
                states.HiddenSize, quad);
        }

        Activate(t, block, rows, unitBlock, quads);
        if (states.HasFactors)
        {
            var hidden = states.Hidden(t, block);
            states.MultiplyByFactors(block, rows, unitBlock, hidden.First + unitBlock * TLanes.Count, hidden.Stride);
        }

        if (output != null)
            WriteOutput(t, block, rows, unitBlock);
    }

    private void WriteOutput(int t, int block, int rows, int unitBlock)
    {
        var (hidden, unit, firstRow) = (states.Hidden(t, block), unitBlock * TLanes.Count, states.Blocks.First(block));
        for (var row = 0; row < rows; row++)
        {
            var position = (nint)states.Slots.PositionOf(states.Batch, firstRow + row, t);
            TLanes.Store(TLanes.Load(hidden.First + row * hidden.Stride + unit), output + position * states.Padded + unit);
        }
    }

    /// <summary>
    /// The gate math of a block: the rows' states after the step, and their activated gates where they are kept.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Activate(int t, int block, int rows, int unitBlock, float* quads)
    {
        var lanes = TLanes.Count;
        var quad = quads;
        var kept = states.Keep ? states.Gates(t, block, unitBlock) : new StridedRows(quads, 4 * lanes);
        var (before, cells, hidden) =
            (states.Cells(t - 1, block, unitBlock), states.Cells(t, block, unitBlock), states.Hidden(t, block));
        float* gates = kept.First, c0 = before.First, c = cells.First, h = hidden.First + unitBlock * lanes;
        var stepRows = states.Keep ? states.Blocks.Rows(block) : 0;
        for (var row = 0; row < rows; row++)
        {
            Prefetch<TLanes>.Quad(gates + stepRows * states.Width);
            Prefetch<TLanes>.Register(c + stepRows * states.Padded);
            var i = VectorMath<TLanes>.Sigmoid(TLanes.Load(quad));
            var f = VectorMath<TLanes>.Sigmoid(TLanes.Load(quad + lanes));
            var g = VectorMath<TLanes>.Tanh(TLanes.Load(quad + 2 * lanes));
            var o = VectorMath<TLanes>.Sigmoid(TLanes.Load(quad + 3 * lanes));
            TLanes.Store(TLanes.MultiplyAdd(f, TLanes.Load(c0), i * g), c);
            TLanes.Store(i, gates);
            TLanes.Store(f, gates + lanes);
            TLanes.Store(g, gates + 2 * lanes);
            TLanes.Store(o, gates + 3 * lanes);
            quad += 4 * lanes;
            gates += kept.Stride;
            c0 += before.Stride;
            c += cells.Stride;
        }

        // A loop of its own: one after the other, the two exponentials of a unit would be a long chain to wait for.
        gates = kept.First + 3 * lanes;
        c = cells.First;
        for (var row = 0; row < rows; row++)
        {
            TLanes.Store(TLanes.Load(gates) * VectorMath<TLanes>.Tanh(TLanes.Load(c)), h);
            gates += kept.Stride;
            c += cells.Stride;
            h += hidden.Stride;
        }
    }
}
