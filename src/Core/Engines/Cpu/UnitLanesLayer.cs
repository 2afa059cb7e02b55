using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The layer with hidden units side by side in a register, for all but the smallest hidden sizes. Threads share the rows of
/// the batch: each runs all steps of its own rows without waiting for another. A step is a product of its rows' hidden
/// states with the packed recurrent weights, which stay in the cache, and the gate math on whole registers.
/// </summary>
/// <remarks>
/// Rows lie in descending order of length, so those that run at step t are the first ones. The weight gradient is a product
/// after the loop; threads share its columns. No sum depends on how the rows or columns are shared.
/// </remarks>
internal sealed unsafe class UnitLanesLayer<TLanes> : ILstmLayer
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Positions that one block of the weight gradient's product takes at once: its panel stays in the first-level cache.
    private const int MostDepth = 128;

    // Blocks of rows that go through the steps together: their gates stay in the cache, and the weights serve them all.
    private const int BlocksTogether = 8;

    // Floats between buffers that are read side by side, lest they share the same few sets of the cache.
    private const int OffTheSets = 80;

    private readonly int hiddenSize;
    private readonly int padded; // H rounded up to whole panels
    private readonly int width; // 4 * padded
    private readonly int stateStride; // between rows of states; not a power of two, or they would share a few sets of the cache
    private readonly int gateStride; // between rows of gates, likewise
    private readonly WorkerPool pool;
    private readonly PinnedBuffer forwardWeights; // W_hhᵀ [padded, width], packed
    private readonly PinnedBuffer backwardWeights; // W_hh [width, padded], packed
    private readonly PinnedBuffer stepGates; // [B, gate stride]: one step's, as the products want them
    private readonly PinnedBuffer gates; // [panels, T, B, panel]: activations forward, gradients back
    private readonly PinnedBuffer cellStates; // [T, B, state stride]
    private readonly PinnedBuffer hiddenStates; // [T, B, state stride]
    private readonly PinnedBuffer hiddenGradient; // [B, padded]
    private readonly PinnedBuffer cellGradient; // [B, padded]
    private readonly PinnedBuffer weightGradient; // dW_hhᵀ [padded, width]
    private readonly int panelStride;
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> backwardPart;
    private readonly Action<int, int> sumsPart;
    private readonly nint gateDistance; // between the kept gates of a unit
    private readonly RowBlocks blocks;
    private CpuBatch batch = null!;
    private float* table;
    private float* tableGradient;
    private nint timeStride;

    public UnitLanesLayer(int hiddenSize, EngineLimits limits, WorkerPool pool)
    {
        this.hiddenSize = hiddenSize;
        this.pool = pool;
        padded = Gemm<TLanes>.Padded(hiddenSize);
        width = 4 * padded;
        stateStride = padded + Gemm<TLanes>.PanelWidth;
        gateStride = width + Gemm<TLanes>.PanelWidth;
        Columns = GateColumns.GateAfterGate(hiddenSize, padded);
        var positions = (long)limits.MaxRows * limits.MaxSteps;
        forwardWeights = new PinnedBuffer((long)padded * width);
        backwardWeights = new PinnedBuffer((long)padded * width);
        stepGates = new PinnedBuffer((long)limits.MaxRows * gateStride);
        panelStride = (int)positions * Gemm<TLanes>.PanelWidth + OffTheSets;
        gates = new PinnedBuffer((long)width / Gemm<TLanes>.PanelWidth * panelStride);
        cellStates = new PinnedBuffer(positions * stateStride);
        hiddenStates = new PinnedBuffer(positions * stateStride);
        hiddenGradient = new PinnedBuffer((long)limits.MaxRows * padded);
        cellGradient = new PinnedBuffer((long)limits.MaxRows * padded);
        weightGradient = new PinnedBuffer((long)padded * width);
        gateDistance = (nint)padded / Gemm<TLanes>.PanelWidth * panelStride;
        blocks = new RowBlocks(limits);
        forwardPart = ForwardPart;
        backwardPart = BackwardPart;
        sumsPart = SumsPart;
    }

    public GateColumns Columns { get; }

    public void Forward(CpuBatch batch, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden)
    {
        this.batch = batch;
        this.table = table;
        timeStride = keep ? batch.Rows : 0;
        blocks.Prepare(batch);
        PackWeights(recurrentWeights, keep);
        pool.Run(forwardPart);
        for (var row = 0; row < batch.Rows; row++)
        {
            var hidden = lastHidden.Slice(row * hiddenSize, hiddenSize);
            if (batch.Lengths[row] == 0)
                hidden.Clear();
            else
                hiddenStates.Span.Slice((int)Position(batch.Lengths[row] - 1, row) * stateStride, hiddenSize).CopyTo(hidden);
        }
    }

    public void Backward(ReadOnlySpan<float> lastHiddenGradient, float* tableGradient, Span<float> recurrentGradient)
    {
        this.tableGradient = tableGradient;
        hiddenGradient.Span.Clear();
        cellGradient.Span.Clear();
        weightGradient.Span.Clear();
        for (var row = 0; row < batch.Rows; row++)
            lastHiddenGradient.Slice(row * hiddenSize, hiddenSize).CopyTo(hiddenGradient.Span[(row * padded)..]);
        pool.Run(backwardPart);
        pool.Run(sumsPart);
        for (var column = 0; column < width; column++)
        {
            if (Columns.GateRows[column] is not (>= 0 and var gateRow))
                continue;
            for (var k = 0; k < hiddenSize; k++)
                recurrentGradient[gateRow * hiddenSize + k] = weightGradient.Pointer[(nint)k * width + column];
        }
    }

    private nint Position(int t, int row) => t * timeStride + row;

    private void PackWeights(ReadOnlySpan<float> recurrentWeights, bool backwardToo)
    {
        // The gradient's buffer serves as W_hh in the layer's columns, [width, padded]: it is not in use yet.
        var scattered = weightGradient.Pointer;
        weightGradient.Span.Clear();
        for (var column = 0; column < width; column++)
        {
            if (Columns.GateRows[column] is >= 0 and var gateRow)
                recurrentWeights.Slice(gateRow * hiddenSize, hiddenSize).CopyTo(weightGradient.Span[(column * padded)..]);
        }

        Gemm<TLanes>.Pack(scattered, 1, padded, padded, width, forwardWeights.Pointer);
        if (backwardToo)
            Gemm<TLanes>.Pack(scattered, padded, 1, width, padded, backwardWeights.Pointer);
    }

    /// <summary>A share of the blocks of rows, a few of them at once through all steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardPart(int part, int parts)
    {
        for (var first = part; first < blocks.Count; first += parts * BlocksTogether)
        {
            var end = Math.Min(blocks.Count, first + parts * BlocksTogether);
            for (var t = 0; t < batch.Steps && blocks.Running(first, t) > 0; t++)
                ForwardStep(t, first, end, parts);
        }
    }

    /// <summary>One step of the blocks first, first + stride, … before end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardStep(int t, int first, int end, int stride)
    {
        for (var block = first; block < end; block += stride)
        {
            var endRow = blocks.First(block) + blocks.Running(block, t);
            for (var row = blocks.First(block); row < endRow; row++)
                Copy(table + batch.TableOffsets[row * batch.Stride + t], stepGates.Pointer + (nint)row * gateStride, width);
        }

        for (var column = 0; column < width && t > 0; column += Gemm<TLanes>.PanelWidth)
        {
            for (var block = first; block < end; block += stride)
            {
                Gemm<TLanes>.AddPanel(
                    hiddenStates.Pointer + Position(t - 1, blocks.First(block)) * stateStride, stateStride, 1,
                    forwardWeights.Pointer + (nint)column * padded,
                    stepGates.Pointer + (nint)blocks.First(block) * gateStride + column, gateStride,
                    blocks.Running(block, t), hiddenSize);
            }
        }

        for (var block = first; block < end; block += stride)
        {
            var endRow = blocks.First(block) + blocks.Running(block, t);
            for (var row = blocks.First(block); row < endRow; row++)
                ForwardCell(t, row);
        }
    }

    /// <summary>The gate math of one row and step: its states, and its activated gates where they are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardCell(int t, int row)
    {
        var gate = stepGates.Pointer + (nint)row * gateStride;
        var state = Position(t, row) * stateStride;
        var cell = cellStates.Pointer + state;
        var hidden = hiddenStates.Pointer + state;
        var previousCell = cellStates.Pointer + Position(t - 1, row) * stateStride;
        for (var unit = 0; unit < padded; unit += TLanes.Count)
        {
            var i = VectorMath<TLanes>.Sigmoid(TLanes.Load(gate + unit));
            var f = VectorMath<TLanes>.Sigmoid(TLanes.Load(gate + padded + unit));
            var g = VectorMath<TLanes>.Tanh(TLanes.Load(gate + 2 * padded + unit));
            var o = VectorMath<TLanes>.Sigmoid(TLanes.Load(gate + 3 * padded + unit));
            var c = i * g;
            if (t > 0)
                c = TLanes.MultiplyAdd(f, TLanes.Load(previousCell + unit), c);
            TLanes.Store(c, cell + unit);
            TLanes.Store(o, gate + 3 * padded + unit);
            if (timeStride == 0)
                continue;
            var kept = Kept(t, row, unit);
            TLanes.Store(i, kept);
            TLanes.Store(f, kept + gateDistance);
            TLanes.Store(g, kept + 2 * gateDistance);
            TLanes.Store(o, kept + 3 * gateDistance);
        }

        // A loop of its own: one after the other, the two exponentials of a unit would be a long chain to wait for.
        for (var unit = 0; unit < padded; unit += TLanes.Count)
            TLanes.Store(TLanes.Load(gate + 3 * padded + unit) * VectorMath<TLanes>.Tanh(TLanes.Load(cell + unit)), hidden + unit);
    }

    /// <summary>Where the input gate of a unit is kept; the other gates follow at <see cref="gateDistance"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Kept(int t, int row, int unit) =>
        gates.Pointer + (nint)(unit / Gemm<TLanes>.PanelWidth) * panelStride
            + Position(t, row) * Gemm<TLanes>.PanelWidth + unit % Gemm<TLanes>.PanelWidth;

    /// <summary>A share of the blocks of rows, a few of them at once back through all steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardPart(int part, int parts)
    {
        for (var first = part; first < blocks.Count; first += parts * BlocksTogether)
        {
            var end = Math.Min(blocks.Count, first + parts * BlocksTogether);
            for (var t = batch.Lengths[blocks.First(first)] - 1; t >= 0; t--)
                BackwardStep(t, first, end, parts);
        }
    }

    /// <summary>One step back of the blocks first, first + stride, … before end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardStep(int t, int first, int end, int stride)
    {
        for (var block = first; block < end; block += stride)
        {
            var endRow = blocks.First(block) + blocks.Running(block, t);
            for (var row = blocks.First(block); row < endRow; row++)
            {
                BackwardCell(t, row);
                new Span<float>(hiddenGradient.Pointer + (nint)row * padded, padded).Clear();
            }
        }

        for (var column = 0; column < padded && t > 0; column += Gemm<TLanes>.PanelWidth)
        {
            for (var block = first; block < end; block += stride)
            {
                Gemm<TLanes>.AddPanel(
                    stepGates.Pointer + (nint)blocks.First(block) * gateStride, gateStride, 1,
                    backwardWeights.Pointer + (nint)column * width,
                    hiddenGradient.Pointer + (nint)blocks.First(block) * padded + column, padded,
                    blocks.Running(block, t), width);
            }
        }
    }

    /// <summary>One row's step back: its gates become their pre-activations' gradients, its cell gradient that of the step before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardCell(int t, int row)
    {
        var gate = stepGates.Pointer + (nint)row * gateStride;
        var hidden = hiddenStates.Pointer + Position(t, row) * stateStride;
        var previousCell = cellStates.Pointer + Position(t - 1, row) * stateStride;
        var dHidden = hiddenGradient.Pointer + (nint)row * padded;
        var dCell = cellGradient.Pointer + (nint)row * padded;
        var one = TLanes.Broadcast(1f);
        for (var unit = 0; unit < padded; unit += TLanes.Count)
        {
            var kept = Kept(t, row, unit);
            var i = TLanes.Load(kept);
            var f = TLanes.Load(kept + gateDistance);
            var g = TLanes.Load(kept + 2 * gateDistance);
            var o = TLanes.Load(kept + 3 * gateDistance);
            var dh = TLanes.Load(dHidden + unit);
            var tanhCell = TLanes.Load(hidden + unit) / o; // h = o tanh(c), and o is never 0
            var dc = TLanes.MultiplyAdd(dh * o, TLanes.NegativeMultiplyAdd(tanhCell, tanhCell, one), TLanes.Load(dCell + unit));
            var before = t > 0 ? TLanes.Load(previousCell + unit) : TLanes.Zero;
            TLanes.Store(dc * f, dCell + unit);
            Store(dc * g * i * (one - i), kept, gate + unit);
            Store(dc * before * f * (one - f), kept + gateDistance, gate + padded + unit);
            Store(dc * i * TLanes.NegativeMultiplyAdd(g, g, one), kept + 2 * gateDistance, gate + 2 * padded + unit);
            Store(dh * tanhCell * o * (one - o), kept + 3 * gateDistance, gate + 3 * padded + unit);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TLanes value, float* first, float* second)
    {
        TLanes.Store(value, first);
        TLanes.Store(value, second);
    }

    /// <summary>A share of the columns of both sums over all positions.</summary>
    private void SumsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(width / Gemm<TLanes>.PanelWidth, part, parts);
        AddUpTable(first, end);
        AddUpWeights(first, end);
    }

    /// <summary>The gate gradients of each slot's positions, panel after panel: one panel of the table stays in the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddUpTable(int firstPanel, int endPanel)
    {
        for (var number = firstPanel; number < endPanel; number++)
        {
            var column = number * Gemm<TLanes>.PanelWidth;
            for (var slot = 0; slot < batch.SlotCount; slot++)
                new Span<float>(tableGradient + (nint)slot * width + column, Gemm<TLanes>.PanelWidth).Clear();
            for (var t = 0; t < batch.Steps; t++)
                AddToSlots(t, gates.Pointer + (nint)number * panelStride, column);
        }
    }

    /// <summary>
    /// dW_hhᵀ [H, 4H] = Σ_t h(t-1)ᵀ dgates(t), a few steps after another: their hidden states stay in the cache for all panels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddUpWeights(int firstPanel, int endPanel)
    {
        for (var t = 1; t < batch.Steps;)
        {
            var firstStep = t;
            var depth = batch.Running(t++);
            // Steps in which all rows run lie one behind the other, and can go into one product.
            for (; t < batch.Steps && batch.Running(t) == batch.Rows && depth + batch.Rows <= MostDepth; t++)
                depth += batch.Rows;
            for (var number = firstPanel; number < endPanel; number++)
            {
                Gemm<TLanes>.AddPanel(
                    hiddenStates.Pointer + Position(firstStep - 1, 0) * stateStride, 1, stateStride,
                    gates.Pointer + (nint)number * panelStride + Position(firstStep, 0) * Gemm<TLanes>.PanelWidth,
                    weightGradient.Pointer + (nint)number * Gemm<TLanes>.PanelWidth, width, hiddenSize, depth);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddToSlots(int t, float* panel, int column)
    {
        var source = panel + Position(t, 0) * Gemm<TLanes>.PanelWidth;
        var running = batch.Running(t);
        for (var row = 0; row < running; row++, source += Gemm<TLanes>.PanelWidth)
            AddToSlot(source, tableGradient + batch.TableOffsets[row * batch.Stride + t] + column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToSlot(float* source, float* target)
    {
        TLanes.Store(TLanes.Load(target) + TLanes.Load(source), target);
        TLanes.Store(TLanes.Load(target + TLanes.Count) + TLanes.Load(source + TLanes.Count), target + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, float* target, int count)
    {
        for (var n = 0; n < count; n += TLanes.Count)
            TLanes.Store(TLanes.Load(source + n), target + n);
    }
}
