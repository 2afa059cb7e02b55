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
    private const int MostDepth = 256;

    private readonly int hiddenSize;
    private readonly int padded; // H rounded up to whole panels
    private readonly int width; // 4 * padded
    private readonly WorkerPool pool;
    private readonly PinnedBuffer forwardWeights; // W_hhᵀ [padded, width], packed
    private readonly PinnedBuffer backwardWeights; // W_hh [width, padded], packed
    private readonly PinnedBuffer gates; // [T, B, width]: activations forward, gradients back
    private readonly PinnedBuffer cellStates; // [T, B, padded]
    private readonly PinnedBuffer hiddenStates; // [T, B, padded]
    private readonly PinnedBuffer hiddenGradient; // [B, padded]
    private readonly PinnedBuffer cellGradient; // [B, padded]
    private readonly PinnedBuffer weightGradient; // dW_hhᵀ [padded, width]
    private readonly PinnedBuffer panels; // one [MostDepth or B, panel] a thread
    private readonly int panelLength;
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> backwardPart;
    private readonly Action<int, int> weightsPart;
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
        Columns = GateColumns.GateAfterGate(hiddenSize, padded);
        var positions = (long)limits.MaxRows * limits.MaxSteps;
        forwardWeights = new PinnedBuffer((long)padded * width);
        backwardWeights = new PinnedBuffer((long)padded * width);
        gates = new PinnedBuffer(positions * width);
        cellStates = new PinnedBuffer(positions * padded);
        hiddenStates = new PinnedBuffer(positions * padded);
        hiddenGradient = new PinnedBuffer((long)limits.MaxRows * padded);
        cellGradient = new PinnedBuffer((long)limits.MaxRows * padded);
        weightGradient = new PinnedBuffer((long)padded * width);
        panelLength = Math.Max(MostDepth, limits.MaxRows) * Gemm<TLanes>.PanelWidth;
        panels = new PinnedBuffer((long)panelLength * pool.Count);
        forwardPart = ForwardPart;
        backwardPart = BackwardPart;
        weightsPart = WeightsPart;
    }

    public GateColumns Columns { get; }

    public void Forward(CpuBatch batch, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden)
    {
        this.batch = batch;
        this.table = table;
        timeStride = keep ? batch.Rows : 0;
        PackWeights(recurrentWeights, keep);
        pool.Run(forwardPart);
        for (var row = 0; row < batch.Rows; row++)
        {
            var hidden = lastHidden.Slice(row * hiddenSize, hiddenSize);
            if (batch.Lengths[row] == 0)
                hidden.Clear();
            else
                hiddenStates.Span.Slice((int)Position(batch.Lengths[row] - 1, row) * padded, hiddenSize).CopyTo(hidden);
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
        pool.Run(weightsPart);
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

    /// <summary>A share of the blocks of rows, through all steps.</summary>
    private void ForwardPart(int part, int parts)
    {
        for (var t = 0; t < batch.Steps; t++)
        {
            for (var block = part * Gemm<TLanes>.BlockRows; block < batch.Rows; block += parts * Gemm<TLanes>.BlockRows)
            {
                var running = Running(block, t);
                for (var row = block; row < block + running; row++)
                {
                    var source = table + (nint)batch.Slots[row * batch.Stride + t] * width;
                    Copy(source, gates.Pointer + Position(t, row) * width, width);
                }
            }

            if (t > 0)
            {
                for (var column = 0; column < width; column += Gemm<TLanes>.PanelWidth)
                {
                    for (var block = part * Gemm<TLanes>.BlockRows; block < batch.Rows; block += parts * Gemm<TLanes>.BlockRows)
                    {
                        Gemm<TLanes>.AddPanel(
                            hiddenStates.Pointer + Position(t - 1, block) * padded, padded, 1,
                            forwardWeights.Pointer + (nint)column * padded,
                            gates.Pointer + Position(t, block) * width + column, width, Running(block, t), hiddenSize);
                    }
                }
            }

            for (var block = part * Gemm<TLanes>.BlockRows; block < batch.Rows; block += parts * Gemm<TLanes>.BlockRows)
            {
                var running = Running(block, t);
                for (var row = block; row < block + running; row++)
                    ForwardCell(t, row);
            }
        }
    }

    /// <summary>The gate math of one row and step: activates its gates in place, writes its states.</summary>
    private void ForwardCell(int t, int row)
    {
        var gate = gates.Pointer + Position(t, row) * width;
        var state = Position(t, row) * padded;
        var cell = cellStates.Pointer + state;
        var hidden = hiddenStates.Pointer + state;
        var previousCell = cellStates.Pointer + Position(t - 1, row) * padded;
        for (var unit = 0; unit < padded; unit += TLanes.Count)
        {
            var i = VectorMath<TLanes>.Sigmoid(TLanes.Load(gate + unit));
            var f = VectorMath<TLanes>.Sigmoid(TLanes.Load(gate + padded + unit));
            var g = VectorMath<TLanes>.Tanh(TLanes.Load(gate + 2 * padded + unit));
            var o = VectorMath<TLanes>.Sigmoid(TLanes.Load(gate + 3 * padded + unit));
            var c = i * g;
            if (t > 0)
                c = TLanes.MultiplyAdd(f, TLanes.Load(previousCell + unit), c);
            TLanes.Store(i, gate + unit);
            TLanes.Store(f, gate + padded + unit);
            TLanes.Store(g, gate + 2 * padded + unit);
            TLanes.Store(o, gate + 3 * padded + unit);
            TLanes.Store(c, cell + unit);
            TLanes.Store(o * VectorMath<TLanes>.Tanh(c), hidden + unit);
        }
    }

    /// <summary>A share of the blocks of rows, back through all steps.</summary>
    private void BackwardPart(int part, int parts)
    {
        for (var t = batch.Steps - 1; t >= 0; t--)
        {
            for (var block = part * Gemm<TLanes>.BlockRows; block < batch.Rows; block += parts * Gemm<TLanes>.BlockRows)
            {
                var running = Running(block, t);
                for (var row = block; row < block + running; row++)
                    BackwardCell(t, row);
                if (t > 0)
                    new Span<float>(hiddenGradient.Pointer + (nint)block * padded, running * padded).Clear();
            }

            if (t == 0)
                continue;
            for (var column = 0; column < padded; column += Gemm<TLanes>.PanelWidth)
            {
                for (var block = part * Gemm<TLanes>.BlockRows; block < batch.Rows; block += parts * Gemm<TLanes>.BlockRows)
                {
                    Gemm<TLanes>.AddPanel(
                        gates.Pointer + Position(t, block) * width, width, 1,
                        backwardWeights.Pointer + (nint)column * width,
                        hiddenGradient.Pointer + (nint)block * padded + column, padded, Running(block, t), width);
                }
            }
        }
    }

    /// <summary>One row's step back: its gates become their pre-activations' gradients, its cell gradient that of the step before.</summary>
    private void BackwardCell(int t, int row)
    {
        var gate = gates.Pointer + Position(t, row) * width;
        var hidden = hiddenStates.Pointer + Position(t, row) * padded;
        var previousCell = cellStates.Pointer + Position(t - 1, row) * padded;
        var dHidden = hiddenGradient.Pointer + (nint)row * padded;
        var dCell = cellGradient.Pointer + (nint)row * padded;
        var one = TLanes.Broadcast(1f);
        for (var unit = 0; unit < padded; unit += TLanes.Count)
        {
            var i = TLanes.Load(gate + unit);
            var f = TLanes.Load(gate + padded + unit);
            var g = TLanes.Load(gate + 2 * padded + unit);
            var o = TLanes.Load(gate + 3 * padded + unit);
            var dh = TLanes.Load(dHidden + unit);
            var tanhCell = TLanes.Load(hidden + unit) / o; // h = o tanh(c), and o is never 0
            var dc = TLanes.MultiplyAdd(dh * o, TLanes.NegativeMultiplyAdd(tanhCell, tanhCell, one), TLanes.Load(dCell + unit));
            var before = t > 0 ? TLanes.Load(previousCell + unit) : TLanes.Zero;
            TLanes.Store(dc * f, dCell + unit);
            TLanes.Store(dc * g * i * (one - i), gate + unit);
            TLanes.Store(dc * before * f * (one - f), gate + padded + unit);
            TLanes.Store(dc * i * TLanes.NegativeMultiplyAdd(g, g, one), gate + 2 * padded + unit);
            TLanes.Store(dh * tanhCell * o * (one - o), gate + 3 * padded + unit);
        }
    }

    /// <summary>
    /// A share of the columns: the gate gradients of each slot's positions are added up, and
    /// dW_hhᵀ [H, 4H] = Σ_t h(t-1)ᵀ dgates(t).
    /// </summary>
    private void WeightsPart(int part, int parts)
    {
        var panelWidth = Gemm<TLanes>.PanelWidth;
        var panel = panels.Pointer + (nint)part * panelLength;
        var (first, end) = WorkShare.Of(width / panelWidth, part, parts);
        for (var column = first * panelWidth; column < end * panelWidth; column += panelWidth)
        {
            for (var slot = 0; slot < batch.SlotCount; slot++)
                new Span<float>(tableGradient + (nint)slot * width + column, panelWidth).Clear();
            var (firstStep, depth) = (0, 0);
            for (var t = 0; t < batch.Steps; t++)
            {
                var running = Running(0, t, batch.Rows);
                if (t > 0 && depth == 0)
                    firstStep = t;
                for (var row = 0; row < running; row++)
                {
                    var source = gates.Pointer + Position(t, row) * width + column;
                    AddToSlot(source, tableGradient + (nint)batch.Slots[row * batch.Stride + t] * width + column);
                    if (t > 0)
                        Copy(source, panel + (nint)depth++ * panelWidth, panelWidth);
                }

                // Whole steps lie one behind the other in memory, and can go into one product.
                var together = t > 0 && running == batch.Rows && depth + running <= MostDepth && t + 1 < batch.Steps
                    && Running(0, t + 1, batch.Rows) == batch.Rows;
                if (depth == 0 || together)
                    continue;
                Gemm<TLanes>.AddPanel(
                    hiddenStates.Pointer + Position(firstStep - 1, 0) * padded, 1, padded,
                    panel, weightGradient.Pointer + column, width, hiddenSize, depth);
                depth = 0;
            }
        }
    }

    private static void AddToSlot(float* source, float* target)
    {
        TLanes.Store(TLanes.Load(target) + TLanes.Load(source), target);
        TLanes.Store(TLanes.Load(target + TLanes.Count) + TLanes.Load(source + TLanes.Count), target + TLanes.Count);
    }

    private static void Copy(float* source, float* target, int count)
    {
        for (var n = 0; n < count; n += TLanes.Count)
            TLanes.Store(TLanes.Load(source + n), target + n);
    }

    /// <summary>How many rows of a block run at step t: the first ones.</summary>
    private int Running(int block, int t) => Running(block, t, Math.Min(Gemm<TLanes>.BlockRows, batch.Rows - block));

    private int Running(int first, int t, int most)
    {
        while (most > 0 && batch.Lengths[first + most - 1] <= t)
            most--;
        return most;
    }
}
