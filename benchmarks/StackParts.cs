using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Benchmarks;

/// <summary>The operations of the layers of a stack, each forward and back.</summary>
internal interface IStackParts : IDisposable
{
    /// <summary>A training step.</summary>
    void Whole();

    /// <summary>All that the first layer does.</summary>
    void FirstLayer();

    /// <summary>The second layer's dense products.</summary>
    void DenseGates();

    /// <summary>The second layer's steps.</summary>
    void Sequences();

    /// <summary>One Adam step over all parameters.</summary>
    void Adam();
}

/// <summary>Makes them.</summary>
internal static class StackParts
{
    private static readonly ModelOptions Model = new Setting(Accelerator: null, HiddenSize: 64).Model with
    {
        Layers = 2,
        IsBidirectional = true,
    };

    /// <summary>On the widest registers there are.</summary>
    public static IStackParts Create() => RegisterWidths.Best() switch
    {
        RegisterWidth.Sixteen => new StackParts<Lanes16>(Model),
        RegisterWidth.Eight => new StackParts<Lanes8>(Model),
        _ => new StackParts<Lanes4>(Model),
    };
}

/// <summary>Those of the CPU engine on registers of one width.</summary>
internal sealed unsafe class StackParts<TLanes> : IStackParts
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly WorkerPool pool = new(Environment.ProcessorCount);
    private readonly CpuEngine engine;
    private readonly IEngineBatches batches;
    private readonly ICpuOptimizer optimizer;
    private readonly ParameterLayout layout;
    private readonly CpuBatch batch;
    private readonly CpuGateTable<TLanes>[] tokenTables; // [D]
    private readonly CpuSlots reversedTokens;
    private readonly ILstmLayer[] first; // [D]
    private readonly ILstmLayer[] layers; // [D]
    private readonly CpuDenseGates<TLanes>[] denseGates; // [D]
    private readonly CpuSlots[] positions; // [D]
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer gradient;
    private readonly PinnedBuffer table; // [positions + 1, width]
    private readonly PinnedBuffer tableGradient;
    private readonly PinnedBuffer[] hidden; // [D]: [positions, H]
    private readonly PinnedBuffer[] hiddenGradients; // [D]: [positions, H]
    private readonly float[] lastHidden; // [B, D H]

    /// <param name="stack">Of two layers.</param>
    public StackParts(ModelOptions stack)
    {
        var inputs = new Inputs(stack);
        layout = inputs.Layout;
        var limits = new EngineLimits(Setting.Rows, Setting.Steps);
        engine = new CpuEngine(stack, new OptimizerOptions(), limits);
        engine.SetParameters(inputs.Parameters);
        batches = engine.Load(inputs.Batch);
        optimizer = engine.CreateOptimizer(pool);
        (parameters, gradient) = (CpuDevice.Allocate(layout.Length), CpuDevice.Allocate(layout.Length));
        inputs.Parameters.CopyTo(parameters.Span);
        first = Each(
            _ => (ILstmLayer)new UnitLanesLayer<TLanes>(stack.HiddenSize, limits, stack.VocabularySize, pool, trains: true));
        batch = new CpuBatch(
            stack, Setting.Rows, Setting.Steps, first[0].Columns.Width, first[0].RowMultiple);
        batch.Prepare(inputs.Batch, stack.Lengths);
        tokenTables = Each(
            direction => new CpuGateTable<TLanes>(
                stack, layout.Embedding, layout.Lstm[direction], first[0].Columns, stack.VocabularySize, pool,
                trains: true, ngrams: null));
        reversedTokens = new CpuSlots(Setting.Rows, Setting.Steps, first[0].RowMultiple);
        reversedTokens.Reverse(batch, batch.Tokens.Slots);
        layers = Each(_ => (ILstmLayer)new UnitLanesLayer<TLanes>(stack.HiddenSize, limits, 0, pool, trains: true));
        denseGates = Each(
            direction => new CpuDenseGates<TLanes>(
                layout.Lstm[stack.Directions + direction], DenseInputs.OfHidden(stack), layers[direction].Columns, pool,
                trains: true));
        positions = Each(_ => new CpuSlots(Setting.Rows, Setting.Steps, layers[0].RowMultiple));
        var (width, room) = (layers[0].Columns.Width, CpuBatch.PositionsOf(Setting.Rows, Setting.Steps) + 1L);
        for (var direction = 0; direction < stack.Directions; direction++)
            positions[direction].TakePositions(batch, width, reversed: direction == 1);
        (table, tableGradient) = (new PinnedBuffer(room * width), new PinnedBuffer(room * width));
        hidden = Each(_ => new PinnedBuffer(room * stack.HiddenSize));
        hiddenGradients = Each(_ => new PinnedBuffer(room * stack.HiddenSize));
        lastHidden = new float[Setting.Rows * stack.Features];

        T[] Each<T>(Func<int, T> create) => [.. Enumerable.Range(0, stack.Directions).Select(create)];
    }

    public void Whole() => engine.TrainStep(batches, 0);

    public void FirstLayer()
    {
        var last = lastHidden.AsSpan(0, lastHidden.Length / layers.Length);
        for (var direction = 0; direction < first.Length; direction++)
        {
            var (tokens, recurrent) = (tokenTables[direction], layout.Lstm[direction].RecurrentWeights);
            tokens.Forward(parameters.Span, batch);
            first[direction].Forward(
                batch, direction == 0 ? batch.Tokens.Slots : reversedTokens, recurrent.In(parameters.Span), tokens.Table.Pointer,
                keep: true, last, hidden[direction].Pointer, factors: null);
            first[direction].Backward(
                [], hiddenGradients[direction].Pointer, tokens.Gradient.Pointer, recurrent.In(gradient.Span));
            tokens.Backward(gradient.Span, adds: direction > 0);
        }
    }

    public void DenseGates()
    {
        for (var direction = 0; direction < denseGates.Length; direction++)
        {
            denseGates[direction].Forward(parameters.Span, batch, hidden, table.Pointer);
            denseGates[direction].Backward(gradient.Span, tableGradient.Pointer, hiddenGradients, adds: direction > 0);
        }
    }

    public void Sequences()
    {
        var last = lastHidden.AsSpan(0, lastHidden.Length / layers.Length);
        for (var direction = 0; direction < layers.Length; direction++)
        {
            var recurrent = layout.Lstm[layers.Length + direction].RecurrentWeights;
            layers[direction].Forward(
                batch, positions[direction], recurrent.In(parameters.Span), table.Pointer, keep: true, last, null, factors: null);
            layers[direction].Backward(last, null, tableGradient.Pointer, recurrent.In(gradient.Span));
        }
    }

    public void Adam() => optimizer.Step(
        new OptimizerStep(0.001, Number: 1, new OptimizerOptions().Values), layout.Length);

    public void Dispose()
    {
        batches.Dispose();
        engine.Dispose();
        pool.Dispose();
    }
}
