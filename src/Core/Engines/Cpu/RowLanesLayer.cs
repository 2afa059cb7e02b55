using System.Runtime.InteropServices;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The layer with rows of the batch side by side in a register, for the smallest hidden sizes: a register holds one hidden
/// unit of <c>TLanes.Count</c> rows, and the recurrent weights are a few constants. Threads share the registers of rows.
/// </summary>
/// <remarks>
/// Source of the layout: the states of all rows of one unit lie together, [T, H, B]. Registers of rows form groups, at most
/// <see cref="MostGroups"/> however many threads there are; each group has sums of its own, which are added up in order
/// at the end. So no sum depends on the number of threads.
/// </remarks>
internal sealed unsafe class RowLanesLayer<TLanes> : ILstmLayer
    where TLanes : unmanaged, ILanes<TLanes>
{
    private const int MostGroups = 16;
    private const int Gates = 4;

    private readonly int hiddenSize;
    private readonly int width; // of the table: 4H padded to whole panels
    private readonly WorkerPool pool;
    private readonly PinnedBuffer weights; // W_hh as [H, H, 4]: unit, hidden state, gate
    private readonly PinnedBuffer gates; // [T, H, 4, B]: activations forward, gradients of the step in hand back
    private readonly PinnedBuffer cellStates; // [T, H, B]
    private readonly PinnedBuffer hiddenStates; // [T, H, B]
    private readonly PinnedBuffer lastHiddenStates; // [H, B]
    private readonly PinnedBuffer hiddenGradient; // [H, B]
    private readonly PinnedBuffer cellGradient; // [H, B]
    private readonly PinnedBuffer weightSums; // [groups, H, H, 4, lanes]
    private readonly PinnedBuffer paddingSums; // [groups, H, 4, lanes]
    private readonly PinnedBuffer tableSums; // [groups, U, width]
    private readonly int maxSlots;
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> backwardPart;
    private CpuBatch batch = null!;
    private float* table;
    private int paddedRows; // B rounded up to whole registers
    private int registers;
    private int timeStride;

    public RowLanesLayer(int hiddenSize, EngineLimits limits, int maxSlots, WorkerPool pool)
    {
        this.hiddenSize = hiddenSize;
        this.maxSlots = maxSlots;
        this.pool = pool;
        width = Gemm<TLanes>.Padded(Gates * hiddenSize);
        Columns = GateColumns.UnitAfterUnit(hiddenSize, width);
        var rows = (limits.MaxRows + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        var groups = Math.Min(MostGroups, rows / TLanes.Count);
        var states = (long)rows * limits.MaxSteps * hiddenSize;
        weights = new PinnedBuffer((long)Gates * hiddenSize * hiddenSize);
        gates = new PinnedBuffer(Gates * states);
        cellStates = new PinnedBuffer(states);
        hiddenStates = new PinnedBuffer(states);
        lastHiddenStates = new PinnedBuffer((long)rows * hiddenSize);
        hiddenGradient = new PinnedBuffer((long)rows * hiddenSize);
        cellGradient = new PinnedBuffer((long)rows * hiddenSize);
        weightSums = new PinnedBuffer((long)groups * Gates * hiddenSize * hiddenSize * TLanes.Count);
        paddingSums = new PinnedBuffer((long)groups * Gates * hiddenSize * TLanes.Count);
        tableSums = new PinnedBuffer((long)groups * maxSlots * width);
        forwardPart = ForwardPart;
        backwardPart = BackwardPart;
    }

    public GateColumns Columns { get; }

    private int Groups => Math.Min(MostGroups, registers);

    public void Forward(CpuBatch batch, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden)
    {
        this.batch = batch;
        this.table = table;
        registers = (batch.Rows + TLanes.Count - 1) / TLanes.Count;
        paddedRows = registers * TLanes.Count;
        timeStride = keep ? hiddenSize * paddedRows : 0;
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            for (var k = 0; k < hiddenSize; k++)
            {
                for (var gate = 0; gate < Gates; gate++)
                    weights.Pointer[(unit * hiddenSize + k) * Gates + gate] = recurrentWeights[(gate * hiddenSize + unit) * hiddenSize + k];
            }
        }

        lastHiddenStates.Span.Clear();
        pool.Run(forwardPart);
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var unit = 0; unit < hiddenSize; unit++)
                lastHidden[row * hiddenSize + unit] = lastHiddenStates.Pointer[unit * paddedRows + row];
        }
    }

    public void Backward(ReadOnlySpan<float> lastHiddenGradient, float* tableGradient, Span<float> recurrentGradient)
    {
        lastHiddenStates.Span.Clear(); // from here on their gradients
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var unit = 0; unit < hiddenSize; unit++)
                lastHiddenStates.Pointer[unit * paddedRows + row] = lastHiddenGradient[row * hiddenSize + unit];
        }

        pool.Run(backwardPart);
        AddUpTable(tableGradient);
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            for (var k = 0; k < hiddenSize; k++)
            {
                for (var gate = 0; gate < Gates; gate++)
                {
                    var sum = 0f;
                    for (var group = 0; group < Groups; group++)
                        sum += AddUpLanes(WeightSums(group) + ((unit * hiddenSize + k) * Gates + gate) * TLanes.Count);
                    recurrentGradient[(gate * hiddenSize + unit) * hiddenSize + k] = sum;
                }
            }
        }
    }

    private float* WeightSums(int group) => weightSums.Pointer + (nint)group * Gates * hiddenSize * hiddenSize * TLanes.Count;

    private float* PaddingSums(int group) => paddingSums.Pointer + (nint)group * Gates * hiddenSize * TLanes.Count;

    private float* TableSums(int group) => tableSums.Pointer + (nint)group * maxSlots * width;

    /// <summary>A share of the registers of rows, through all steps; neighbours in turn, so that their latencies overlap.</summary>
    private void ForwardPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(registers, part, parts);
        var offsets = stackalloc int[TLanes.Count];
        var previous = stackalloc TLanes[hiddenSize];
        for (var t = 0; t < batch.Steps; t++)
        {
            for (var register = first; register < end; register++)
            {
                var firstRow = register * TLanes.Count;
                if (t >= batch.Lengths[firstRow])
                    break; // and all behind it
                var inPadding = t >= batch.TokenCounts[firstRow];
                if (!inPadding)
                    FindSlots(firstRow, t, offsets);
                ForwardStep(t, firstRow, inPadding, offsets, previous);
                KeepLastStates(t, firstRow);
            }
        }
    }

    private void ForwardStep(int t, int firstRow, bool inPadding, int* offsets, TLanes* previous)
    {
        var state = (nint)t * timeStride + firstRow;
        var before = (nint)(t - 1) * timeStride + firstRow;
        var padding = table + (nint)batch.PaddingSlot * width;
        // A copy: with one step's memory for all, a unit's new state must not be seen by the units behind it.
        for (var k = 0; k < hiddenSize && t > 0; k++)
            previous[k] = TLanes.Load(hiddenStates.Pointer + before + k * paddedRows);
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            var (i, f, g, o) = inPadding
                ? (TLanes.Broadcast(padding[4 * unit]), TLanes.Broadcast(padding[4 * unit + 1]),
                    TLanes.Broadcast(padding[4 * unit + 2]), TLanes.Broadcast(padding[4 * unit + 3]))
                : TLanes.LoadFours(table + 4 * unit, offsets);
            var weight = weights.Pointer + unit * hiddenSize * Gates;
            for (var k = 0; k < hiddenSize && t > 0; k++, weight += Gates)
            {
                i = TLanes.MultiplyAdd(TLanes.Broadcast(weight[0]), previous[k], i);
                f = TLanes.MultiplyAdd(TLanes.Broadcast(weight[1]), previous[k], f);
                g = TLanes.MultiplyAdd(TLanes.Broadcast(weight[2]), previous[k], g);
                o = TLanes.MultiplyAdd(TLanes.Broadcast(weight[3]), previous[k], o);
            }

            i = VectorMath<TLanes>.Sigmoid(i);
            f = VectorMath<TLanes>.Sigmoid(f);
            g = VectorMath<TLanes>.Tanh(g);
            o = VectorMath<TLanes>.Sigmoid(o);
            var c = i * g;
            if (t > 0)
                c = TLanes.MultiplyAdd(f, TLanes.Load(cellStates.Pointer + before + unit * paddedRows), c);
            var gate = gates.Pointer + Gates * ((nint)t * timeStride + unit * paddedRows) + firstRow;
            TLanes.Store(i, gate);
            TLanes.Store(f, gate + paddedRows);
            TLanes.Store(g, gate + 2 * paddedRows);
            TLanes.Store(o, gate + 3 * paddedRows);
            TLanes.Store(c, cellStates.Pointer + state + unit * paddedRows);
            TLanes.Store(o * VectorMath<TLanes>.Tanh(c), hiddenStates.Pointer + state + unit * paddedRows);
        }
    }

    /// <summary>Rows that end with step t are the last of those still running.</summary>
    private void KeepLastStates(int t, int firstRow)
    {
        for (var row = Math.Min(firstRow + TLanes.Count, batch.Rows) - 1; row >= firstRow && batch.Lengths[row] <= t + 1; row--)
        {
            if (batch.Lengths[row] <= t)
                continue;
            for (var unit = 0; unit < hiddenSize; unit++)
                lastHiddenStates.Pointer[unit * paddedRows + row] = hiddenStates.Pointer[(nint)t * timeStride + unit * paddedRows + row];
        }
    }

    /// <summary>A share of the groups, back through all steps.</summary>
    private void BackwardPart(int part, int parts)
    {
        var (firstGroup, endGroup) = WorkShare.Of(Groups, part, parts);
        var (first, _) = WorkShare.Of(registers, firstGroup, Groups);
        var (end, _) = WorkShare.Of(registers, endGroup, Groups);
        for (var group = firstGroup; group < endGroup; group++)
        {
            new Span<float>(WeightSums(group), Gates * hiddenSize * hiddenSize * TLanes.Count).Clear();
            new Span<float>(PaddingSums(group), Gates * hiddenSize * TLanes.Count).Clear();
            new Span<float>(TableSums(group), batch.SlotCount * width).Clear();
        }

        for (var unit = 0; unit < hiddenSize; unit++)
        {
            var (from, count) = (unit * paddedRows + first * TLanes.Count, (end - first) * TLanes.Count);
            hiddenGradient.Span.Slice(from, count).Clear();
            cellGradient.Span.Slice(from, count).Clear();
        }

        var offsets = stackalloc int[TLanes.Count];
        var dPrevious = stackalloc TLanes[hiddenSize];
        for (var t = batch.Steps - 1; t >= 0; t--)
        {
            for (var group = firstGroup; group < endGroup; group++)
            {
                var (register, endRegister) = WorkShare.Of(registers, group, Groups);
                for (; register < endRegister; register++)
                {
                    var firstRow = register * TLanes.Count;
                    if (t >= batch.Lengths[firstRow])
                        break;
                    TakeLastGradients(t, firstRow);
                    var inPadding = t >= batch.TokenCounts[firstRow];
                    if (!inPadding)
                        FindSlots(firstRow, t, offsets);
                    BackwardStep(t, firstRow, group, inPadding, offsets, dPrevious);
                }
            }
        }
    }

    private void TakeLastGradients(int t, int firstRow)
    {
        for (var row = Math.Min(firstRow + TLanes.Count, batch.Rows) - 1; row >= firstRow && batch.Lengths[row] <= t + 1; row--)
        {
            for (var unit = 0; unit < hiddenSize && batch.Lengths[row] == t + 1; unit++)
                hiddenGradient.Pointer[unit * paddedRows + row] = lastHiddenStates.Pointer[unit * paddedRows + row];
        }
    }

    private void BackwardStep(int t, int firstRow, int group, bool inPadding, int* offsets, TLanes* dPrevious)
    {
        var state = (nint)t * timeStride + firstRow;
        var one = TLanes.Broadcast(1f);
        for (var k = 0; k < hiddenSize; k++)
            dPrevious[k] = TLanes.Zero;
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            var gate = gates.Pointer + Gates * ((nint)t * timeStride + unit * paddedRows) + firstRow;
            var i = TLanes.Load(gate);
            var f = TLanes.Load(gate + paddedRows);
            var g = TLanes.Load(gate + 2 * paddedRows);
            var o = TLanes.Load(gate + 3 * paddedRows);
            var dh = TLanes.Load(hiddenGradient.Pointer + unit * paddedRows + firstRow);
            var tanhCell = TLanes.Load(hiddenStates.Pointer + state + unit * paddedRows) / o; // h = o tanh(c), and o is never 0
            var cellGradients = cellGradient.Pointer + unit * paddedRows + firstRow;
            var dc = TLanes.MultiplyAdd(dh * o, TLanes.NegativeMultiplyAdd(tanhCell, tanhCell, one), TLanes.Load(cellGradients));
            var before = t > 0 ? TLanes.Load(cellStates.Pointer + state - timeStride + unit * paddedRows) : TLanes.Zero;
            TLanes.Store(dc * f, cellGradients);
            var di = dc * g * i * (one - i);
            var df = dc * before * f * (one - f);
            var dg = dc * i * TLanes.NegativeMultiplyAdd(g, g, one);
            var dOutput = dh * tanhCell * o * (one - o);
            if (inPadding)
            {
                var sum = PaddingSums(group) + Gates * unit * TLanes.Count;
                Accumulate(sum, di);
                Accumulate(sum + TLanes.Count, df);
                Accumulate(sum + 2 * TLanes.Count, dg);
                Accumulate(sum + 3 * TLanes.Count, dOutput);
            }
            else
            {
                TLanes.AddFours(TableSums(group) + 4 * unit, offsets, di, df, dg, dOutput);
            }

            if (t == 0)
                continue;
            var weight = weights.Pointer + unit * hiddenSize * Gates;
            var weightSum = WeightSums(group) + unit * hiddenSize * Gates * TLanes.Count;
            for (var k = 0; k < hiddenSize; k++, weight += Gates, weightSum += Gates * TLanes.Count)
            {
                var previous = TLanes.Load(hiddenStates.Pointer + state - timeStride + k * paddedRows);
                Accumulate(weightSum, di, previous);
                Accumulate(weightSum + TLanes.Count, df, previous);
                Accumulate(weightSum + 2 * TLanes.Count, dg, previous);
                Accumulate(weightSum + 3 * TLanes.Count, dOutput, previous);
                var sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight[0]), di, dPrevious[k]);
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight[1]), df, sum);
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight[2]), dg, sum);
                dPrevious[k] = TLanes.MultiplyAdd(TLanes.Broadcast(weight[3]), dOutput, sum);
            }
        }

        for (var k = 0; k < hiddenSize; k++)
            TLanes.Store(dPrevious[k], hiddenGradient.Pointer + k * paddedRows + firstRow);
    }

    /// <summary>
    /// Where the table's rows of a register's slots begin. A lane behind the last row reads like that row, and a row behind
    /// its end like padding: their gradients are 0.
    /// </summary>
    private void FindSlots(int firstRow, int t, int* offsets)
    {
        ref var slots = ref MemoryMarshal.GetArrayDataReference(batch.Slots);
        for (var lane = 0; lane < TLanes.Count; lane++)
        {
            var row = Math.Min(firstRow + lane, batch.Rows - 1);
            var slot = t < batch.Lengths[row] ? System.Runtime.CompilerServices.Unsafe.Add(ref slots, row * batch.Stride + t) : batch.PaddingSlot;
            offsets[lane] = slot * width;
        }
    }

    private void AddUpTable(float* tableGradient)
    {
        var length = batch.SlotCount * width;
        new Span<float>(tableGradient, length).Clear();
        for (var group = 0; group < Groups; group++)
        {
            var padding = TableSums(group) + (nint)batch.PaddingSlot * width;
            for (var column = 0; column < Gates * hiddenSize; column++)
                padding[column] += AddUpLanes(PaddingSums(group) + column * TLanes.Count);
            for (var n = 0; n < length; n += TLanes.Count)
                Accumulate(tableGradient + n, TLanes.Load(TableSums(group) + n));
        }
    }

    private static void Accumulate(float* sum, TLanes value) => TLanes.Store(TLanes.Load(sum) + value, sum);

    private static void Accumulate(float* sum, TLanes left, TLanes right) =>
        TLanes.Store(TLanes.MultiplyAdd(left, right, TLanes.Load(sum)), sum);

    private static float AddUpLanes(float* lanes)
    {
        var sum = 0f;
        for (var lane = 0; lane < TLanes.Count; lane++)
            sum += lanes[lane];
        return sum;
    }
}
