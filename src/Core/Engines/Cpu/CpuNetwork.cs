using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
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

    /// <summary>The first half of the forward pass: the input half of the first layer's gates for each slot.</summary>
    /// <remarks>Rows of large tables are fetched before (<see cref="CpuTableRows"/>).</remarks>
    void GateTable(CpuBatch batch);

    /// <summary>The second half: all steps of all layers, and what the head reads of them.</summary>
    /// <param name="batch">The batch of the gate table.</param>
    /// <param name="keep">True where <see cref="Backward"/> follows.</param>
    /// <param name="headInputs">What the head reads of each row, written [B, R].</param>
    void Sequence(CpuBatch batch, bool keep, Span<float> headInputs);

    /// <summary>All steps back, and the gradients of embedding and LSTM; those of absent tokens stay as they are.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="headGradient">Of what the head reads [B, R].</param>
    void Backward(CpuBatch batch, ReadOnlySpan<float> headGradient);
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

/// <summary>
/// Embedding and LSTM layers on the processor, on registers of one width. Each direction of each layer is an
/// <see cref="ILstmLayer"/>; the input half of its gates is a table: the tokens' in the first layer, and a row for each position
/// in the others, and where there are pairs, of which one is in memory at a time.
/// </summary>
internal sealed unsafe class CpuNetwork<TLanes> : ICpuNetwork
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ModelOptions options;
    private readonly EngineLimits limits;
    private readonly ParameterLayout layout;
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer? gradient; // null: for inference
    private readonly ILstmLayer[][] layers; // [layers][D]
    private readonly CpuNgramMeans? ngrams; // of the tokens, where there are n-grams
    private readonly CpuGateTable<TLanes>[] tokenTables; // [D]: of the first layer
    private readonly CpuPairs<TLanes>? pairs; // of each position, where there are pairs
    private readonly CpuDenseGates<TLanes>[] pairGates; // [D], likewise
    private readonly CpuDenseGates<TLanes>[][] denseGates; // [layers - 1][D]: of the others
    private readonly CpuSlots? reversedTokens;
    private readonly CpuSlots[] positions; // [D]
    private readonly ICpuPooling? pooling; // null: the head reads the last step
    private readonly int outputs; // layers whose every step is read: all, or all but the last
    private readonly PinnedBuffer[][] hidden; // of these [D]: [positions, padded]; for inference two layers' in turn
    private readonly PinnedBuffer[][] hiddenGradients; // of two layers in turn, likewise
    private readonly PinnedBuffer table; // [positions + 1, width]; the last row is padding's
    private readonly PinnedBuffer tableGradient; // likewise
    private readonly CpuDropout dropout;
    private readonly PinnedBuffer unitFactors; // of the direction in hand [B, padded]
    private readonly float[] oneDirection; // [B, H]; where the head does not read both as they are

    /// <param name="options">The model.</param>
    /// <param name="layout">Where its parameters are.</param>
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
        var maxPositions = limits.MaxRows * limits.MaxSteps;
        var maxSlots = SlotNumbers.CountOf(options.VocabularySize, maxPositions);
        var positionRoom = CpuBatch.PositionsOf(limits.MaxRows, limits.MaxSteps);
        var trains = gradient is not null;
        var hasPairs = options.Pairs is not null;
        layers = Each(options.Layers, layer => Directions(_ => CreateLayer(layer == 0 && !hasPairs ? maxSlots : 0)));
        if (options.Ngrams is not null)
            ngrams = new CpuNgramMeans(options.Ngrams, layout, maxSlots, parameters, gradient, pool);
        tokenTables = Directions(
            direction => new CpuGateTable<TLanes>(
                options, layout.Embedding, layout.Lstm[direction], Columns, maxSlots, pool, trains, ngrams));
        if (hasPairs)
            pairs = new CpuPairs<TLanes>(options, layout, limits, parameters, gradient, pool);
        pairGates = Each(
            hasPairs ? options.Directions : 0,
            direction => new CpuDenseGates<TLanes>(
                layout.Lstm[direction], DenseInputs.OfPairs(options), Columns, pool, trains, tokenTables[direction]));
        denseGates = Each(
            options.Layers - 1,
            layer => Directions(
                direction => new CpuDenseGates<TLanes>(
                    layout.Lstm[(layer + 1) * options.Directions + direction], DenseInputs.OfHidden(options), Columns, pool,
                    trains)));
        if (options.IsBidirectional && !hasPairs)
            reversedTokens = NewSlots(options.VocabularySize > SlotNumbers.MaxUncompacted);
        var hasPositions = options.Layers > 1 || hasPairs;
        outputs = options.IsPooled ? options.Layers : options.Layers - 1;
        pooling = CreatePooling();
        positions = Each(hasPositions ? options.Directions : 0, _ => NewSlots(isCompacted: false));
        var room = hasPositions ? positionRoom + 1L : 0;
        table = new PinnedBuffer(room * Columns.Width);
        tableGradient = new PinnedBuffer(trains ? room * Columns.Width : 0);
        hidden = Each(trains ? outputs : Math.Min(2, outputs), _ => Directions(_ => NewStates()));
        hiddenGradients = Each(trains ? Math.Min(2, outputs) : 0, _ => Directions(_ => NewStates()));
        dropout = new CpuDropout(options, Gemm<TLanes>.Padded(options.HiddenSize), pool);
        unitFactors = new PinnedBuffer(trains ? (long)limits.MaxRows * Gemm<TLanes>.Padded(options.HiddenSize) : 0);
        oneDirection = new float[options.IsBidirectional || options.IsPooled ? limits.MaxRows * options.HiddenSize : 0];

        ILstmLayer CreateLayer(int slots) => options.HiddenSize <= RowLanesLayer<TLanes>.MaxHidden
            ? new RowLanesLayer<TLanes>(options.HiddenSize, limits, slots, pool, trains)
            : new UnitLanesLayer<TLanes>(options.HiddenSize, limits, slots, pool, trains);

        CpuSlots NewSlots(bool isCompacted) =>
            new(limits.MaxRows, limits.MaxSteps, layers[0][0].RowMultiple) { IsCompacted = isCompacted };

        PinnedBuffer NewStates() => new((positionRoom + 1L) * Gemm<TLanes>.Padded(options.HiddenSize));

        ICpuPooling? CreatePooling() => options.Readout switch
        {
            Readout.Last => null,
            Readout.Attention => new CpuAttention<TLanes>(options, layout.AttentionWeights!, limits, pool),
            Readout.Mean or Readout.Max or Readout.MeanMax => new CpuStepPooling<TLanes>(options, limits, pool),
            _ => throw new NotSupportedException($"the cpu engine has no readout {options.Readout}"),
        };

        T[] Directions<T>(Func<int, T> create) => Each(options.Directions, create);

        static T[] Each<T>(int count, Func<int, T> create) => [.. Enumerable.Range(0, count).Select(create)];
    }

    private GateColumns Columns => layers[0][0].Columns;

    public CpuBatch CreateBatch() =>
        new(options, limits.MaxRows, limits.MaxSteps, Columns.Width, layers[0][0].RowMultiple);

    public void GateTable(CpuBatch batch)
    {
        ngrams?.Forward(batch);
        foreach (var tokens in tokenTables)
            tokens.Forward(parameters.Span, batch);
        pairs?.Forward(batch);
    }

    public void Sequence(CpuBatch batch, bool keep, Span<float> headInputs)
    {
        reversedTokens?.Reverse(batch, batch.Tokens.Slots);
        for (var direction = 0; direction < positions.Length; direction++)
            positions[direction].TakePositions(batch, Columns.Width, reversed: direction == 1);
        for (var layer = 0; layer < options.Layers; layer++)
        {
            for (var direction = 0; direction < options.Directions; direction++)
                Forward(batch, layer, direction, keep, headInputs);
            if (DropsBehind(batch, layer) is { } mask)
                dropout.MultiplySteps(mask, batch, HiddenOf(layer));
        }

        pooling?.Forward(parameters.Span, batch, HiddenOf(options.Layers - 1), headInputs);
    }

    public void Backward(CpuBatch batch, ReadOnlySpan<float> headGradient)
    {
        pooling?.Backward(headGradient, hiddenGradients[(options.Layers - 1) % hiddenGradients.Length], gradient!.Span);
        for (var layer = options.Layers - 1; layer >= 0; layer--)
        {
            if (DropsBehind(batch, layer) is { } mask)
                dropout.MultiplySteps(mask, batch, hiddenGradients[layer % hiddenGradients.Length]);
            for (var direction = 0; direction < options.Directions; direction++)
                Backward(layer, direction, headGradient);
        }

        ngrams?.Backward();
        pairs?.Backward();
    }

    private void Forward(CpuBatch batch, int layer, int direction, bool keep, Span<float> headInputs)
    {
        var tokens = layer == 0 && pairs is null;
        var slots = !tokens ? positions[direction] : direction == 0 ? batch.Tokens.Slots : reversedTokens!;
        if (!tokens)
        {
            if (layer == 0)
                pairGates[direction].Forward(parameters.Span, batch, pairs!.Embedded, table.Pointer);
            else
                denseGates[layer - 1][direction].Forward(parameters.Span, batch, HiddenOf(layer - 1), table.Pointer);
            table.Span.Slice(slots.PaddingOffset, Columns.Width).Clear();
        }

        var last = oneDirection.Length > 0 ? oneDirection.AsSpan() : headInputs;
        var unitMask = batch.Dropout?.MaskOf(DropoutPlace.Recurrent, layer * options.Directions + direction);
        if (unitMask is { } mask)
            dropout.UnitFactors(mask, batch, unitFactors);
        layers[layer][direction].Forward(
            batch, slots, RecurrentWeights(layer, direction).In(parameters.Span),
            tokens ? tokenTables[direction].Table.Pointer : table.Pointer, keep, last,
            layer < outputs ? HiddenOf(layer)[direction].Pointer : null,
            unitMask is { Kept: var kept } ? new StateFactors(unitFactors, kept) : null);
        if (oneDirection.Length == 0 || layer < outputs)
            return;
        for (var row = 0; row < batch.Rows; row++)
        {
            last.Slice(row * options.HiddenSize, options.HiddenSize)
                .CopyTo(headInputs[(row * options.Features + direction * options.HiddenSize)..]);
        }
    }

    private void Backward(int layer, int direction, ReadOnlySpan<float> headGradient)
    {
        var isLast = layer >= outputs;
        var tokens = layer == 0 && pairs is null;
        var gradientOfTable = tokens ? tokenTables[direction].Gradient.Pointer : tableGradient.Pointer;
        layers[layer][direction].Backward(
            isLast ? Half(headGradient, direction) : [],
            isLast ? null : hiddenGradients[layer % hiddenGradients.Length][direction].Pointer, gradientOfTable,
            RecurrentWeights(layer, direction).In(gradient!.Span));
        if (tokens)
        {
            tokenTables[direction].Backward(gradient.Span, adds: direction > 0);
        }
        else if (layer == 0)
        {
            tokenTables[direction].TakeGradient(gradientOfTable);
            tokenTables[direction].Backward(gradient.Span, adds: direction > 0);
            pairGates[direction].Backward(gradient.Span, gradientOfTable, pairs!.Gradient, adds: direction > 0);
        }
        else
        {
            denseGates[layer - 1][direction].Backward(
                gradient.Span, gradientOfTable, hiddenGradients[(layer - 1) % hiddenGradients.Length], adds: direction > 0);
        }
    }

    /// <summary>What is dropped between a layer and the one above it.</summary>
    private DropoutMask? DropsBehind(CpuBatch batch, int layer) =>
        layer < options.Layers - 1 ? batch.Dropout?.MaskOf(DropoutPlace.Layer, layer) : null;

    private PinnedBuffer[] HiddenOf(int layer) => hidden[layer % hidden.Length];

    private ParameterTensor RecurrentWeights(int layer, int direction) =>
        layout.Lstm[layer * options.Directions + direction].RecurrentWeights;

    /// <summary>A direction's part of rows of all [B, D H].</summary>
    private ReadOnlySpan<float> Half(ReadOnlySpan<float> features, int direction)
    {
        if (!options.IsBidirectional)
            return features;
        for (var row = 0; row * options.Features < features.Length; row++)
        {
            features.Slice(row * options.Features + direction * options.HiddenSize, options.HiddenSize)
                .CopyTo(oneDirection.AsSpan(row * options.HiddenSize));
        }

        return oneDirection;
    }
}
