using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// What the CPU engine needs of a network, whatever the width of its registers. One for inference has the forward pass alone.
/// </summary>
internal interface ICpuNetwork
{
    /// <summary>Makes a batch for this network.</summary>
    CpuBatch CreateBatch();

    /// <summary>The first half of the forward pass: the input half of the gates for each slot.</summary>
    void GateTable(CpuBatch batch);

    /// <summary>The second half: all steps of the layer.</summary>
    /// <param name="batch">The batch of the gate table.</param>
    /// <param name="keep">True where <see cref="Backward"/> follows.</param>
    /// <param name="lastHidden">Each row's last hidden state, written [B, H].</param>
    void Sequence(CpuBatch batch, bool keep, Span<float> lastHidden);

    /// <summary>All steps back, and the gradients of embedding and LSTM; those of absent tokens stay as they are.</summary>
    /// <param name="lastHiddenGradient">[B, H].</param>
    void Backward(ReadOnlySpan<float> lastHiddenGradient);
}

/// <summary>Makes networks.</summary>
internal static class CpuNetwork
{
    /// <summary>A network on registers of a width; see <see cref="CpuNetwork{TLanes}"/> for the others.</summary>
    public static ICpuNetwork Create(
        RegisterWidth width, ModelOptions options, ParameterLayout layout, EngineLimits limits, PinnedBuffer parameters,
        PinnedBuffer? gradient,
        WorkerPool pool) => width switch
        {
            RegisterWidth.Sixteen => new CpuNetwork<Lanes16>(options, layout, limits, parameters, gradient, pool),
            RegisterWidth.Eight => new CpuNetwork<Lanes8>(options, layout, limits, parameters, gradient, pool),
            _ => new CpuNetwork<Lanes4>(options, layout, limits, parameters, gradient, pool),
        };
}

/// <summary>Embedding and LSTM on the processor, on registers of one width.</summary>
internal sealed unsafe class CpuNetwork<TLanes> : ICpuNetwork
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ModelOptions options;
    private readonly EngineLimits limits;
    private readonly ParameterLayout layout;
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer? gradient; // null: for inference
    private readonly ILstmLayer layer;
    private readonly CpuGateTable<TLanes> table;

    /// <param name="options">The model.</param>
    /// <param name="layout">Where its parameters lie.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="parameters">All parameters, flat, padded to a multiple of 16.</param>
    /// <param name="gradient">Their gradient, likewise; null for inference, which then needs no room for what goes back.</param>
    /// <param name="pool">The threads.</param>
    public CpuNetwork(
        ModelOptions options, ParameterLayout layout, EngineLimits limits, PinnedBuffer parameters, PinnedBuffer? gradient,
        WorkerPool pool)
    {
        this.options = options;
        this.limits = limits;
        this.layout = layout;
        this.parameters = parameters;
        this.gradient = gradient;
        var maxSlots = CpuBatch.SlotsOf(options.VocabularySize, limits.MaxRows * limits.MaxSteps);
        var trains = gradient is not null;
        layer = options.HiddenSize <= RowLanesLayer<TLanes>.MaxHidden
            ? new RowLanesLayer<TLanes>(options.HiddenSize, limits, maxSlots, pool, trains)
            : new UnitLanesLayer<TLanes>(options.HiddenSize, limits, maxSlots, pool, trains);
        table = new CpuGateTable<TLanes>(options, layout, layer.Columns, maxSlots, pool, trains);
    }

    public CpuBatch CreateBatch() =>
        new(options.VocabularySize, limits.MaxRows, limits.MaxSteps, layer.Columns.Width, layer.RowMultiple);

    public void GateTable(CpuBatch batch) => table.Forward(parameters.Span, batch);

    public void Sequence(CpuBatch batch, bool keep, Span<float> lastHidden) =>
        layer.Forward(batch, layout.Lstm[0].RecurrentWeights.In(parameters.Span), table.Table.Pointer, keep, lastHidden);

    public void Backward(ReadOnlySpan<float> lastHiddenGradient)
    {
        layer.Backward(lastHiddenGradient, table.Gradient.Pointer, layout.Lstm[0].RecurrentWeights.In(gradient!.Span));
        table.Backward(gradient.Span);
    }
}
