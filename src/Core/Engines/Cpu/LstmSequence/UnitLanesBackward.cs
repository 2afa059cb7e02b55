using System.Runtime.CompilerServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// All steps back of a <see cref="UnitLanesLayer{TLanes}"/>. Threads take groups of rows, each through all its steps, and add up
/// what the groups have summed; or, where groups are few, all threads share the units of each step.
/// </summary>
internal sealed unsafe class UnitLanesBackward<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Additions that take longer than waking a thread for them.
    private const int MinForThread = 1 << 16;

    private readonly UnitLanesStates<TLanes> states;
    private readonly WorkerPool pool;
    private readonly UnitLanesGroup<TLanes>[] groups;
    private readonly PinnedBuffer weights; // W_hh [width, padded], packed
    private readonly PinnedBuffer hiddenGradient; // [B, state stride]
    private readonly PinnedBuffer cellGradient; // [B, state stride]
    private readonly Action<int, int> groupsPart;
    private readonly Action<int, int> cellsPart;
    private readonly Action<int, int> productPart;
    private readonly Action<int, int> sumsPart;
    private readonly Action<int, int> totalsPart;
    private int step;
    private float* tableGradient;
    private float* everyHiddenGradient;

    public UnitLanesBackward(UnitLanesStates<TLanes> states, EngineLimits limits, int maxSlots, WorkerPool pool)
    {
        this.states = states;
        this.pool = pool;
        weights = new PinnedBuffer((long)states.Width * states.Padded);
        hiddenGradient = new PinnedBuffer((long)limits.MaxRows * states.StateStride);
        cellGradient = new PinnedBuffer((long)limits.MaxRows * states.StateStride);
        groups = [.. Enumerable.Range(0, states.Blocks.GroupsOfLargest)
            .Select(number => new UnitLanesGroup<TLanes>(number, states, this, limits, maxSlots))];
        groupsPart = GroupsPart;
        cellsPart = CellsPart;
        productPart = ProductPart;
        sumsPart = SumsPart;
        totalsPart = TotalsPart;
    }

    /// <summary>W_hh [width, padded], packed.</summary>
    public float* Weights => weights.Pointer;

    private int GroupCount => states.Blocks.GroupCount;

    // Of which several groups have sums.
    private int SharedSlots => states.Slots.ArePositions ? 0 : states.Slots.Count;

    /// <summary>Takes the recurrent weights, W_hh in the layer's columns [width, padded].</summary>
    public void Pack(float* scattered) =>
        Gemm<TLanes>.Pack(scattered, states.Padded, 1, states.Width, states.Padded, weights.Pointer);

    /// <summary>A row's gradient of its hidden state at the step in hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* HiddenGradient(int row) => hiddenGradient.Pointer + (nint)row * states.StateStride;

    /// <summary>A row's gradient of its cell state at the step in hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* CellGradient(int row) => cellGradient.Pointer + (nint)row * states.StateStride;

    /// <summary>
    /// Adds what comes from the layer above to the gradients of a block's hidden states, in a register of units.
    /// </summary>
    public void AddGradients(int t, int block, int rows, int unitBlock)
    {
        if (everyHiddenGradient == null)
            return;
        var (firstRow, unit) = (states.Blocks.First(block), unitBlock * TLanes.Count);
        for (var row = firstRow; row < firstRow + rows; row++)
        {
            var source = everyHiddenGradient + (nint)states.Slots.PositionOf(states.Batch, row, t) * states.Padded + unit;
            var target = HiddenGradient(row) + unit;
            TLanes.Store(TLanes.Load(target) + TLanes.Load(source), target);
        }
    }

    /// <summary>Goes back through all steps.</summary>
    /// <param name="lastHiddenGradient">[B, H]; empty for none.</param>
    /// <param name="everyHiddenGradient">Of each position's hidden state [positions, padded]; null for none.</param>
    /// <param name="tableGradient">Written [U, width].</param>
    /// <param name="splitUnits">Whether threads share the units of a step, rather than the groups.</param>
    public void Run(
        ReadOnlySpan<float> lastHiddenGradient, float* everyHiddenGradient, float* tableGradient, bool splitUnits)
    {
        this.everyHiddenGradient = everyHiddenGradient;
        this.tableGradient = tableGradient;
        hiddenGradient.Span.Clear();
        cellGradient.Span.Clear();
        for (var row = 0; row < states.Batch.Rows && !lastHiddenGradient.IsEmpty; row++)
        {
            lastHiddenGradient.Slice(row * states.HiddenSize, states.HiddenSize)
                .CopyTo(hiddenGradient.Span[(row * states.StateStride)..]);
        }

        if (splitUnits)
            RunByUnits();
        else
            pool.Run(groupsPart, GroupCount);
        pool.Run(
            totalsPart,
            (int)Math.Min(
                int.MaxValue, (long)GroupCount * states.Width * (SharedSlots + states.StateStride) / MinForThread));
    }

    /// <summary>The gradient of the recurrent weights in one of the layer's columns [H].</summary>
    public ReadOnlySpan<float> RecurrentGradient(int column) =>
        new(groups[0].WeightGradient + (nint)column * states.StateStride, states.HiddenSize);

    private void GroupsPart(int part, int parts)
    {
        for (var group = part; group < GroupCount; group += parts)
            groups[group].Run(tableGradient);
    }

    private void RunByUnits()
    {
        for (var group = 0; group < GroupCount; group++)
            groups[group].Begin(tableGradient);
        for (var span = groups[0].Spans - 1; span >= 0; span--)
        {
            for (var group = 0; group < GroupCount; group++)
                groups[group].BeginSpan(span);
            var (first, last) = groups[0].Steps;
            for (step = last; step >= first; step--)
            {
                pool.Run(cellsPart);
                pool.Run(productPart);
            }

            pool.Run(sumsPart);
        }
    }

    // Threads share registers of units, or panels, times groups.
    private void CellsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(states.UnitBlocks * GroupCount, part, parts);
        for (var item = first; item < end; item++)
            groups[item % GroupCount].Cells(step, item / GroupCount, item / GroupCount + 1);
    }

    private void ProductPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(states.Panels * GroupCount, part, parts);
        for (var item = first; item < end; item++)
        {
            var column = item / GroupCount * Gemm<TLanes>.WidestPanel;
            groups[item % GroupCount].Product(step, column, Math.Min(states.Padded, column + Gemm<TLanes>.WidestPanel));
        }
    }

    private void SumsPart(int part, int parts)
    {
        var quad = UnitLanesStates<TLanes>.Quad;
        var (first, end) = WorkShare.Of(states.UnitBlocks * GroupCount, part, parts);
        for (var item = first; item < end; item++)
            groups[item % GroupCount].AddUp(item / GroupCount * quad, (item / GroupCount + 1) * quad);
    }

    /// <summary>The groups' sums together, group after group: a share of the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TotalsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(states.UnitBlocks, part, parts);
        var (firstColumn, endColumn) = (first * UnitLanesStates<TLanes>.Quad, end * UnitLanesStates<TLanes>.Quad);
        for (var slot = 0; slot < SharedSlots; slot++)
            new Span<float>(tableGradient + (nint)slot * states.Width + firstColumn, endColumn - firstColumn).Clear();
        for (var group = 0; group < GroupCount; group++)
            groups[group].AddToTable(tableGradient, firstColumn, endColumn);
        for (var group = 1; group < GroupCount; group++)
        {
            float* total = groups[0].WeightGradient, sum = groups[group].WeightGradient;
            for (var n = (nint)firstColumn * states.StateStride; n < (nint)endColumn * states.StateStride; n += TLanes.Count)
                TLanes.Store(TLanes.Load(total + n) + TLanes.Load(sum + n), total + n);
        }
    }
}
