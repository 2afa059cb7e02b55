using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The layer with hidden units side by side in a register, for all but the smallest hidden sizes. Threads share the rows of
/// the batch: each runs the steps of its own rows without waiting for another. Where rows are few for the threads, they share
/// the hidden units, and meet after every step.
/// </summary>
internal sealed unsafe class UnitLanesLayer<TLanes> : ILstmLayer
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Multiplications of a step that take as long as it takes threads to meet.
    private const long Meeting = 1 << 17;

    private readonly UnitLanesStates<TLanes> states;
    private readonly UnitLanesForward<TLanes> forward;
    private readonly UnitLanesBackward<TLanes>? backward; // null: for inference
    private readonly PinnedBuffer scattered; // W_hh in the layer's columns [width, padded]
    private readonly WorkerPool pool;
    private bool splitUnits;

    public UnitLanesLayer(int hiddenSize, EngineLimits limits, int maxSlots, WorkerPool pool, bool trains)
    {
        this.pool = pool;
        states = new UnitLanesStates<TLanes>(hiddenSize, limits, trains);
        forward = new UnitLanesForward<TLanes>(states, pool);
        backward = trains ? new UnitLanesBackward<TLanes>(states, limits, maxSlots, pool) : null;
        scattered = new PinnedBuffer((long)states.Width * states.Padded);
        Columns = GateColumns.RegisterAfterRegister(hiddenSize, TLanes.Count);
    }

    public GateColumns Columns { get; }

    public int RowMultiple => 1;

    public void Forward(
        CpuBatch batch, CpuSlots slots, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden,
        float* output, StateFactors? factors)
    {
        states.Begin(batch, slots, keep, factors);
        splitUnits = PaysToSplitUnits(
            4L * states.HiddenSize * states.HiddenSize * batch.Rows, states.Blocks.GroupCount, states.Panels, pool.Count);
        Pack(recurrentWeights, keep);
        forward.Run(table, splitUnits, lastHidden, output);
    }

    public void Backward(
        ReadOnlySpan<float> lastHiddenGradient, float* hiddenGradient, float* tableGradient, Span<float> recurrentGradient)
    {
        backward!.Run(lastHiddenGradient, hiddenGradient, tableGradient, splitUnits);
        for (var column = 0; column < states.Width; column++)
        {
            if (Columns.GateRows[column] is >= 0 and var gateRow)
                backward.RecurrentGradient(column).CopyTo(recurrentGradient[(gateRow * states.HiddenSize)..]);
        }
    }

    /// <summary>
    /// Whether threads that share the units of a step, and meet after it, are sooner done than those that take a group each.
    /// </summary>
    /// <param name="work">Multiplications of a step.</param>
    /// <param name="groups">How many groups of rows there are.</param>
    /// <param name="panels">Into how many parts the units of a group can be split.</param>
    /// <param name="threads">How many threads there are.</param>
    internal static bool PaysToSplitUnits(long work, int groups, int panels, int threads) =>
        work / Math.Min(groups, threads) - work / Math.Min(groups * panels, threads) >= Meeting;

    private void Pack(ReadOnlySpan<float> recurrentWeights, bool backwardToo)
    {
        for (var column = 0; column < states.Width; column++)
        {
            if (Columns.GateRows[column] is >= 0 and var gateRow)
            {
                recurrentWeights.Slice(gateRow * states.HiddenSize, states.HiddenSize)
                    .CopyTo(scattered.Span[(column * states.Padded)..]);
            }
        }

        forward.Pack(scattered.Pointer);
        if (backwardToo)
            backward!.Pack(scattered.Pointer);
    }
}
