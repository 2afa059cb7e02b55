using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The layer with rows of the batch side by side in a register, for the smallest hidden sizes: a register holds one hidden
/// unit of <c>TLanes.Count</c> rows, and the recurrent weights are a few constants. Threads share the registers of rows.
/// </summary>
internal sealed unsafe class RowLanesLayer<TLanes> : ILstmLayer
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Hidden sizes up to this one.</summary>
    public const int MaxHidden = 8;

    private readonly RowLanesStates<TLanes> states;
    private readonly RowLanesForward<TLanes> forward;
    private readonly RowLanesBackward<TLanes>? backward; // null: for inference

    public RowLanesLayer(int hiddenSize, EngineLimits limits, int maxSlots, WorkerPool pool, bool trains)
    {
        Columns = GateColumns.UnitAfterUnit(hiddenSize, Gemm<TLanes>.Padded(RowLanesStates<TLanes>.Gates * hiddenSize));
        states = new RowLanesStates<TLanes>(hiddenSize, limits, trains);
        forward = new RowLanesForward<TLanes>(states, pool);
        backward = trains ? new RowLanesBackward<TLanes>(states, Columns.Width, maxSlots, pool) : null;
    }

    public GateColumns Columns { get; }

    public int RowMultiple => TLanes.Count;

    public void Forward(
        CpuBatch batch, CpuSlots slots, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden,
        float* output, StateFactors? factors)
    {
        states.Begin(batch, slots, recurrentWeights, keep, factors);
        forward.Run(table, lastHidden, output);
    }

    public void Backward(
        ReadOnlySpan<float> lastHiddenGradient, float* hiddenGradient, float* tableGradient, Span<float> recurrentGradient) =>
        backward!.Run(lastHiddenGradient, hiddenGradient, tableGradient, recurrentGradient);
}
