using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// All steps back of a <see cref="RowLanesLayer{TLanes}"/>. Registers of rows form groups, by the batch alone;
/// each group has sums of its own, which are added up in order at the end. So no sum depends on the number of threads.
/// </summary>
internal sealed unsafe class RowLanesBackward<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Gates = RowLanesStates<TLanes>.Gates;
    private const int MaxGroups = 16;

    // Units of a register that are worth a thread: with fewer it is done before it has been told.
    private const int FewestUnits = 2;

    private readonly RowLanesStates<TLanes> states;
    private readonly WorkerPool pool;
    private readonly int width; // of the table
    private readonly int maxSlots;
    private readonly PinnedBuffer hiddenGradient; // [2, registers, H, lanes]: of the step in hand and the one before
    private readonly PinnedBuffer lastHiddenGradient; // [registers, H, lanes]
    private readonly PinnedBuffer cellGradient; // [registers, H, lanes]
    private readonly PinnedBuffer weightSums; // [groups, H, H, 4, lanes]
    private readonly PinnedBuffer paddingSums; // [groups, H, 4, lanes]
    private readonly PinnedBuffer tableSums; // [groups, U, width]
    private readonly Action<int, int> groupsPart;
    private float* everyHiddenGradient;
    private float* positionsGradient; // the table's, where each position has a slot of its own

    public RowLanesBackward(RowLanesStates<TLanes> states, int width, int maxSlots, WorkerPool pool)
    {
        this.states = states;
        this.width = width;
        this.maxSlots = maxSlots;
        this.pool = pool;
        var groups = Math.Min(MaxGroups, states.MaxRegisters);
        var perRegister = states.StateFloats;
        cellGradient = new PinnedBuffer((long)states.MaxRegisters * perRegister);
        lastHiddenGradient = new PinnedBuffer(cellGradient.Length);
        hiddenGradient = new PinnedBuffer(2 * cellGradient.Length);
        weightSums = new PinnedBuffer((long)groups * Gates * states.HiddenSize * perRegister);
        paddingSums = new PinnedBuffer((long)groups * Gates * perRegister);
        tableSums = new PinnedBuffer((long)groups * maxSlots * width);
        groupsPart = GroupsPart;
    }

    private int Groups => Math.Min(MaxGroups, states.Registers);

    /// <summary>Goes back through all steps.</summary>
    /// <param name="lastHiddenGradient">[B, H]; empty for none.</param>
    /// <param name="hiddenGradient">Of each position's hidden state [positions, H in whole registers]; null for none.</param>
    /// <param name="tableGradient">Written [U, width].</param>
    /// <param name="recurrentGradient">Written [4H, H].</param>
    public void Run(
        ReadOnlySpan<float> lastHiddenGradient, float* hiddenGradient, float* tableGradient, Span<float> recurrentGradient)
    {
        everyHiddenGradient = hiddenGradient;
        positionsGradient = states.Slots.ArePositions ? tableGradient : null;
        if (positionsGradient != null)
            new Span<float>(positionsGradient, states.Slots.Count * width).Clear();
        this.lastHiddenGradient.Span.Clear();
        for (var row = 0; row < states.Batch.Rows && !lastHiddenGradient.IsEmpty; row++)
        {
            for (var unit = 0; unit < states.HiddenSize; unit++)
            {
                this.lastHiddenGradient.Pointer[
                    row / TLanes.Count * states.StateFloats + unit * TLanes.Count + row % TLanes.Count] =
                    lastHiddenGradient[row * states.HiddenSize + unit];
            }
        }

        pool.Run(groupsPart, Math.Min(Groups, states.Registers * states.HiddenSize / FewestUnits));
        if (positionsGradient == null)
            AddUpTable(tableGradient);
        AddUpWeights(recurrentGradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* WeightSums(int group) => weightSums.Pointer + (nint)group * Gates * states.HiddenSize * states.StateFloats;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* PaddingSums(int group) => paddingSums.Pointer + (nint)group * Gates * states.StateFloats;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* TableSums(int group) =>
        positionsGradient != null ? positionsGradient : tableSums.Pointer + (nint)group * maxSlots * width;

    /// <summary>A share of the groups, each back through all steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GroupsPart(int part, int parts)
    {
        for (var group = part; group < Groups; group += parts)
        {
            var (first, end) = WorkShare.Of(states.Registers, group, Groups);
            new Span<float>(WeightSums(group), Gates * states.HiddenSize * states.StateFloats).Clear();
            new Span<float>(PaddingSums(group), Gates * states.StateFloats).Clear();
            if (positionsGradient == null)
                new Span<float>(TableSums(group), states.Slots.Count * width).Clear();
            hiddenGradient.Span[(first * states.StateFloats)..(end * states.StateFloats)].Clear();
            cellGradient.Span[(first * states.StateFloats)..(end * states.StateFloats)].Clear();
            for (var register = first; register < end; register++)
            {
                if (everyHiddenGradient != null)
                    Steps<AtEveryStep>(register, group);
                else
                    Steps<AtLastStep>(register, group);
            }
        }
    }

    /// <summary>A register back through all its steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Steps<TIncoming>(int register, int group)
        where TIncoming : struct, IIncomingGradient
    {
        var (lanes, hiddenSize, stateFloats) = (TLanes.Count, states.HiddenSize, states.StateFloats);
        var (steps, tokenSteps, stride, one) =
            (states.Steps(register), states.TokenSteps(register), (nint)states.Batch.Stride, TLanes.Broadcast(1f));
        float* gates = states.GatesOf(
            steps, register), hidden = states.Hidden(steps, register), cells = states.Cells(steps, register);
        float* dHidden = hiddenGradient.Pointer + register * stateFloats, dCell = cellGradient.Pointer + register * stateFloats;
        float* weights =
            states.Weights, ofWeights = WeightSums(group), ofPadding = PaddingSums(group), ofTable = TableSums(group);
        var offsets = states.TableOffsets(steps, register);
        var dPrevious = dHidden + cellGradient.Length;
        var row = register * lanes;
        var (hasFactors, unscale) = (states.HasFactors, TLanes.Broadcast(1 / states.KeptFactor));
        for (var t = steps - 1; t >= 0; t--)
        {
            row = TakeLastGradients(row, t, register, dHidden);
            if (TIncoming.IsAtEveryStep)
                AddGradients(row, t, register, dHidden);
            if (hasFactors)
                states.MultiplyByFactors(register, dHidden);
            gates -= Gates * stateFloats;
            hidden -= stateFloats;
            cells -= stateFloats;
            offsets--;
            var hiddenBefore = t > 0 ? hidden - stateFloats : states.Zeros;
            var cellsBefore = t > 0 ? cells - stateFloats : states.Zeros;
            float* weight = weights, weightSum = ofWeights;
            for (var unit = 0; unit < hiddenSize; unit++)
            {
                var gate = gates + unit * Gates * lanes;
                TLanes i = TLanes.Load(gate), f = TLanes.Load(gate + lanes), g = TLanes.Load(
                    gate + 2 * lanes), o = TLanes.Load(gate + 3 * lanes);
                // What does not wait for the next step's gradients comes first.
                // h = o tanh(c), times the factor: where that is 0 so is the gradient. And o is never 0.
                var tanhCell = TLanes.Load(hidden + unit * lanes) * unscale / o;
                var hiddenToCell = o * TLanes.NegativeMultiplyAdd(tanhCell, tanhCell, one);
                var cellToInput = g * i * (one - i);
                var cellToForget = TLanes.Load(cellsBefore + unit * lanes) * f * (one - f);
                var cellToCandidate = i * TLanes.NegativeMultiplyAdd(g, g, one);
                var hiddenToOutput = tanhCell * o * (one - o);
                var dh = TLanes.Load(dHidden + unit * lanes);
                var dc = TLanes.MultiplyAdd(dh, hiddenToCell, TLanes.Load(dCell + unit * lanes));
                TLanes.Store(dc * f, dCell + unit * lanes);
                TLanes di = dc * cellToInput, df = dc * cellToForget, dg = dc * cellToCandidate, dOutput = dh * hiddenToOutput;
                if (t < tokenSteps)
                    TLanes.AddFours(ofTable + Gates * unit, offsets, stride, di, df, dg, dOutput);
                else
                    AccumulateFour(ofPadding + unit * Gates * lanes, di, df, dg, dOutput, one);
                for (var k = 0; k < hiddenSize; k++, weight += Gates, weightSum += Gates * lanes)
                {
                    AccumulateFour(weightSum, di, df, dg, dOutput, TLanes.Load(hiddenBefore + k * lanes));
                    var sum = TLanes.Broadcast(weight[3]) * dOutput;
                    if (unit > 0)
                        sum += TLanes.Load(dPrevious + k * lanes);
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight[2]), dg, sum);
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight[1]), df, sum);
                    TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(weight[0]), di, sum), dPrevious + k * lanes);
                }
            }

            var done = dHidden;
            dHidden = dPrevious;
            dPrevious = done;
        }
    }

    /// <summary>Rows whose last step is t begin here, after those before <paramref name="row"/>. The next row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int TakeLastGradients(int row, int t, int register, float* dHidden)
    {
        var (firstRow, lengths) = (register * TLanes.Count, states.Batch.Lengths);
        var end = Math.Min(firstRow + TLanes.Count, states.Batch.Rows);
        for (; row < end && lengths[row] > t; row++)
        {
            for (var n = row - firstRow; n < states.StateFloats; n += TLanes.Count)
                dHidden[n] = lastHiddenGradient.Pointer[register * states.StateFloats + n];
        }

        return row;
    }

    /// <summary>Adds what comes from the layer above to the rows that run, those before <paramref name="endRow"/>.</summary>
    private void AddGradients(int endRow, int t, int register, float* dHidden)
    {
        var firstRow = register * TLanes.Count;
        for (var row = firstRow; row < endRow; row++)
        {
            var source = everyHiddenGradient + (nint)states.Slots.PositionOf(states.Batch, row, t) * states.Padded;
            for (var unit = 0; unit < states.HiddenSize; unit++)
                dHidden[unit * TLanes.Count + row - firstRow] += source[unit];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddUpTable(float* tableGradient)
    {
        var length = states.Slots.Count * width;
        for (var group = 0; group < Groups; group++)
        {
            var sums = TableSums(group);
            for (var column = 0; column < Gates * states.HiddenSize; column++)
                sums[states.Slots.PaddingOffset + column] += AddUpLanes(PaddingSums(group) + column * TLanes.Count);
            if (group == 0)
            {
                new Span<float>(sums, length).CopyTo(new Span<float>(tableGradient, length));
                continue;
            }

            for (var n = 0; n < length; n += TLanes.Count)
                Accumulate(tableGradient + n, TLanes.Load(sums + n));
        }
    }

    private void AddUpWeights(Span<float> recurrentGradient)
    {
        for (var unit = 0; unit < states.HiddenSize; unit++)
        {
            for (var k = 0; k < states.HiddenSize; k++)
            {
                for (var gate = 0; gate < Gates; gate++)
                {
                    var sum = 0f;
                    for (var group = 0; group < Groups; group++)
                        sum += AddUpLanes(WeightSums(group) + ((unit * states.HiddenSize + k) * Gates + gate) * TLanes.Count);
                    recurrentGradient[(gate * states.HiddenSize + unit) * states.HiddenSize + k] = sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(float* sum, TLanes value) => TLanes.Store(TLanes.Load(sum) + value, sum);

    /// <summary>Adds four gates' gradients, times a factor, to their sums [4, lanes].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AccumulateFour(float* sums, TLanes i, TLanes f, TLanes g, TLanes o, TLanes factor)
    {
        TLanes.Store(TLanes.MultiplyAdd(i, factor, TLanes.Load(sums)), sums);
        TLanes.Store(TLanes.MultiplyAdd(f, factor, TLanes.Load(sums + TLanes.Count)), sums + TLanes.Count);
        TLanes.Store(TLanes.MultiplyAdd(g, factor, TLanes.Load(sums + 2 * TLanes.Count)), sums + 2 * TLanes.Count);
        TLanes.Store(TLanes.MultiplyAdd(o, factor, TLanes.Load(sums + 3 * TLanes.Count)), sums + 3 * TLanes.Count);
    }

    private static float AddUpLanes(float* lanes)
    {
        var sum = 0f;
        for (var lane = 0; lane < TLanes.Count; lane++)
            sum += lanes[lane];
        return sum;
    }
}
