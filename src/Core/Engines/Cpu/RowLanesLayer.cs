using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The layer with rows of the batch side by side in a register, for the smallest hidden sizes: a register holds one hidden
/// unit of <c>TLanes.Count</c> rows, and the recurrent weights are a few constants. Threads share the registers of rows.
/// </summary>
/// <remarks>
/// The states of all rows of one unit lie together, [T, H, B]. Registers of rows form groups, at most
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
    private readonly PinnedBuffer tableOffsets; // [T, B] integers: where each position's row of the table begins
    private readonly int maxSlots;
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> backwardPart;
    private CpuBatch batch = null!;
    private float* table;
    private readonly int[] groupOfRegister;
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
        tableOffsets = new PinnedBuffer((long)rows * (limits.MaxSteps + 3));
        groupOfRegister = new int[rows / TLanes.Count];
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
        timeStride = hiddenSize * paddedRows;
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            for (var k = 0; k < hiddenSize; k++)
            {
                for (var gate = 0; gate < Gates; gate++)
                    weights.Pointer[(unit * hiddenSize + k) * Gates + gate] = recurrentWeights[(gate * hiddenSize + unit) * hiddenSize + k];
            }
        }

        for (var group = 0; group < Groups; group++)
        {
            var (first, end) = WorkShare.Of(registers, group, Groups);
            groupOfRegister.AsSpan(first, end - first).Fill(group);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* WeightSums(int group) => weightSums.Pointer + (nint)group * Gates * hiddenSize * hiddenSize * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* PaddingSums(int group) => paddingSums.Pointer + (nint)group * Gates * hiddenSize * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* TableSums(int group) => tableSums.Pointer + (nint)group * maxSlots * width;

    /// <summary>A share of the registers of rows, through all steps.</summary>
    private void ForwardPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(registers, part, parts);
        for (var register = first; register < end; register++)
            LookUpInputs(register * TLanes.Count);
        for (var t = 0; t < batch.Steps; t++)
        {
            // Rows lie in descending order of length: those that still run are the first ones.
            while (end > first && batch.Lengths[(end - 1) * TLanes.Count] <= t)
                end--;
            for (var register = first; register < end; register++)
                ActivateGates(t, register * TLanes.Count);

            // A loop of its own: one after the other, the two exponentials of a unit would be a long chain to wait for.
            for (var register = first; register < end; register++)
                UpdateHidden(t, register * TLanes.Count);
        }
    }

    /// <summary>The input half of all gates of a register of rows, from the table.</summary>
    private void LookUpInputs(int firstRow)
    {
        var tokens = Math.Min(batch.TokenCounts[firstRow], batch.Lengths[firstRow]);
        var source = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(batch.TableOffsets)); // only moved, not computed with
        var rows = stackalloc int[TLanes.Count];
        for (var lane = 0; lane < TLanes.Count; lane++)
            rows[lane] = Math.Min(firstRow + lane, batch.Rows - 1) * batch.Stride; // a lane behind the last row reads like that row
        for (var t = 0; t < tokens; t += 4)
        {
            // Four steps of a register's rows at once.
            var (first, second, third, fourth) = TLanes.LoadFours(source + t, rows);
            TLanes.Store(first, (float*)Offsets(t, firstRow));
            TLanes.Store(second, (float*)Offsets(t + 1, firstRow));
            TLanes.Store(third, (float*)Offsets(t + 2, firstRow));
            TLanes.Store(fourth, (float*)Offsets(t + 3, firstRow));
        }

        for (var t = 0; t < tokens; t++)
        {
            for (var unit = 0; unit < hiddenSize; unit++)
            {
                var (i, f, g, o) = TLanes.LoadFours(table + Gates * unit, Offsets(t, firstRow));
                StoreGates(i, f, g, o, Gate(t, unit, firstRow));
            }
        }

        var padding = table + batch.PaddingOffset;
        for (var unit = 0; unit < hiddenSize; unit++, padding += Gates)
        {
            var (i, f) = (TLanes.Broadcast(padding[0]), TLanes.Broadcast(padding[1]));
            var (g, o) = (TLanes.Broadcast(padding[2]), TLanes.Broadcast(padding[3]));
            for (var t = tokens; t < batch.Lengths[firstRow]; t++)
                StoreGates(i, f, g, o, Gate(t, unit, firstRow));
        }
    }

    /// <summary>The first half of a step of one register of rows: the recurrent half of the gates, and the cell state.</summary>
    private void ActivateGates(int t, int firstRow)
    {
        var state = (nint)t * timeStride + firstRow;
        var before = state - timeStride;
        var weight = weights.Pointer;
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            var gate = Gate(t, unit, firstRow);
            var (i, f) = (TLanes.Load(gate), TLanes.Load(gate + paddedRows));
            var (g, o) = (TLanes.Load(gate + 2 * paddedRows), TLanes.Load(gate + 3 * paddedRows));
            for (var k = 0; k < hiddenSize && t > 0; k++, weight += Gates)
            {
                var previous = TLanes.Load(hiddenStates.Pointer + before + k * paddedRows);
                i = TLanes.MultiplyAdd(TLanes.Broadcast(weight[0]), previous, i);
                f = TLanes.MultiplyAdd(TLanes.Broadcast(weight[1]), previous, f);
                g = TLanes.MultiplyAdd(TLanes.Broadcast(weight[2]), previous, g);
                o = TLanes.MultiplyAdd(TLanes.Broadcast(weight[3]), previous, o);
            }

            i = VectorMath<TLanes>.Sigmoid(i);
            f = VectorMath<TLanes>.Sigmoid(f);
            g = VectorMath<TLanes>.Tanh(g);
            o = VectorMath<TLanes>.Sigmoid(o);
            var c = i * g;
            if (t > 0)
                c = TLanes.MultiplyAdd(f, TLanes.Load(cellStates.Pointer + before + unit * paddedRows), c);
            TLanes.Store(c, cellStates.Pointer + state + unit * paddedRows);
            StoreGates(i, f, g, o, gate);
        }
    }

    /// <summary>The second half: h = o tanh(c).</summary>
    private void UpdateHidden(int t, int firstRow)
    {
        var state = (nint)t * timeStride + firstRow;
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            var o = TLanes.Load(Gate(t, unit, firstRow) + 3 * paddedRows);
            var c = TLanes.Load(cellStates.Pointer + state + unit * paddedRows);
            TLanes.Store(o * VectorMath<TLanes>.Tanh(c), hiddenStates.Pointer + state + unit * paddedRows);
        }

        KeepLastStates(t, firstRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StoreGates(TLanes i, TLanes f, TLanes g, TLanes o, float* gate)
    {
        TLanes.Store(i, gate);
        TLanes.Store(f, gate + paddedRows);
        TLanes.Store(g, gate + 2 * paddedRows);
        TLanes.Store(o, gate + 3 * paddedRows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Gate(int t, int unit, int firstRow) => gates.Pointer + Gates * ((nint)t * timeStride + unit * paddedRows) + firstRow;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int* Offsets(int t, int firstRow) => (int*)tableOffsets.Pointer + (nint)t * paddedRows + firstRow;

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

        var dPrevious = stackalloc TLanes[hiddenSize];
        for (var t = batch.Steps - 1; t >= 0; t--)
        {
            for (var register = first; register < end && batch.Lengths[register * TLanes.Count] > t; register++)
            {
                TakeLastGradients(t, register * TLanes.Count);
                BackwardStep(t, register * TLanes.Count, groupOfRegister[register], dPrevious);
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

    private void BackwardStep(int t, int firstRow, int group, TLanes* dPrevious)
    {
        var inPadding = t >= batch.TokenCounts[firstRow];
        var state = (nint)t * timeStride + firstRow;
        var one = TLanes.Broadcast(1f);
        for (var k = 0; k < hiddenSize; k++)
            dPrevious[k] = TLanes.Zero;
        for (var unit = 0; unit < hiddenSize; unit++)
        {
            var gate = Gate(t, unit, firstRow);
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
                TLanes.AddFours(TableSums(group) + 4 * unit, Offsets(t, firstRow), di, df, dg, dOutput);
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

    private void AddUpTable(float* tableGradient)
    {
        var length = batch.SlotCount * width;
        new Span<float>(tableGradient, length).Clear();
        for (var group = 0; group < Groups; group++)
        {
            var padding = TableSums(group) + batch.PaddingOffset;
            for (var column = 0; column < Gates * hiddenSize; column++)
                padding[column] += AddUpLanes(PaddingSums(group) + column * TLanes.Count);
            for (var n = 0; n < length; n += TLanes.Count)
                Accumulate(tableGradient + n, TLanes.Load(TableSums(group) + n));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(float* sum, TLanes value) => TLanes.Store(TLanes.Load(sum) + value, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
