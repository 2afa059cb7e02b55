using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// The kernels of a forward pass, queued in order; nothing here waits for the device but <see cref="Evaluate"/>. Where a sequence
/// is a launch a step, it is recorded, and reads a batch's slots and lengths where they do not move.
/// </summary>
/// <param name="device">Where.</param>
/// <param name="parameters">The model, flat.</param>
/// <param name="memory">What the kernels read and write.</param>
/// <param name="index">Of the batches.</param>
/// <param name="layout">Where each parameter is.</param>
/// <param name="options">The model.</param>
/// <param name="kernels">Of those that can be chosen from.</param>
/// <param name="graphs">Takes the recorded sequences.</param>
/// <param name="features">What the first layer reads where a token has more than its embedding; else null.</param>
internal sealed class DeviceForward(
    ComputeDevice device, ArrayView<float> parameters, DeviceForwardBuffers memory, DeviceBatchIndex index,
    ParameterLayout layout, ModelOptions options,
    KernelChoice kernels, LaunchGraphs<SequenceKey> graphs, DeviceInputs? features)
{
    /// <summary>What is dropped in training steps.</summary>
    public DeviceDropout Dropout { get; } = new(device, options, index, memory.Dropout);

    /// <summary>A readout of all steps; null where the head reads the last.</summary>
    public DevicePooling? Pooling { get; } =
        memory.Pooling is { } pooling ? new DevicePooling(device, options, layout, parameters, pooling) : null;

    /// <summary>All batches of a set: the logits of each row [N, L] in their order, and the totals.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; looked at between batches.</exception>
    public BatchTotals Evaluate(DeviceBatches set, Span<float> logits, CancellationToken cancellation)
    {
        var count = options.Logits;
        for (var number = 0; number < set.Count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = new DeviceBatch(set, number);
            var rows = set.Logits.SubView(count * batch.First, count * batch.Rows);
            var batchTotals = set.Totals.SubView(2 * number, 2);
            Run(batch, memory.PlainLoss, rows, batchTotals);
            ClassifierHead.Total(device, Head(batch, memory.PlainLoss, rows, batchTotals));
        }

        var (sorted, totals) = (new float[set.Logits.Length], new float[set.Totals.Length]);
        DeviceBuffers.Download(device, set.Logits, sorted);
        DeviceBuffers.Download(device, set.Totals, totals);
        for (var n = 0; n < set.Rows; n++)
            sorted.AsSpan(n * count, count).CopyTo(logits[(set.PlaceOf(n) * count)..]);
        var sum = default(BatchTotals);
        for (var number = 0; number < set.Count; number++)
            sum += new BatchTotals(totals[2 * number], (long)totals[2 * number + 1], set.RowsIn(number));
        return sum;
    }

    /// <summary>Logits, losses and logit gradients of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="logits">Written [B, L].</param>
    /// <param name="totals">Of the head's arguments; not written yet [2].</param>
    /// <param name="dropout">What is dropped; null: nothing.</param>
    public void Run(
        DeviceBatch batch, DeviceLoss loss, ArrayView<float> logits, ArrayView<float> totals, DropoutStep? dropout = null)
    {
        index.Prepare(batch);
        Dropout.Begin(dropout);
        Dropout.DropEmbedding(batch, Parameter(layout.Embedding));
        features?.Forward(batch, index, Embedding, parameters, Dropout);
        memory.Reversal?.Prepare(batch, index);
        for (var layer = 0; layer < options.Layers; layer++)
        {
            for (var direction = 0; direction < options.Directions; direction++)
            {
                ComputeGateTable(batch, layer, direction);
                RunSequence(batch, layer, direction);
            }

            if (options.IsBidirectional)
                Join(batch, layer);
            Dropout.Layer(batch, layer, FeaturesOf(layer));
        }

        Pooling?.Forward(batch, FeaturesOf(options.Layers - 1), index.Lengths(batch));
        Dropout.Head(batch, FeaturesOf(options.Layers - 1), memory.Pooling?.Pooled);
        ClassifierHead.Forward(device, Head(batch, loss, logits, totals));
    }

    /// <summary>
    /// The input half of a layer's gates in one direction: for each token's slot, or above the first layer and where a token has
    /// more than its embedding for each position.
    /// </summary>
    public void ComputeGateTable(DeviceBatch batch, int layer = 0, int direction = 0)
    {
        var lstm = layout.Lstm[layer * options.Directions + direction];
        var tokens = layer == 0 && features is null;
        if (!tokens && batch.Positions == 0)
            return;
        GateTable.Forward(device, new()
        {
            Inputs = InputsOf(layer),
            InputWeights = Parameter(lstm.InputWeights),
            InputBias = Parameter(lstm.InputBias),
            RecurrentBias = Parameter(lstm.RecurrentBias),
            InputRows = tokens ? index.SlotTokens(batch) : memory.Reversal!.Positions(batch, direction),
            SlotCount = tokens ? index.SlotCount(batch) : memory.Reversal!.PositionCount,
            Table = memory.Table,
            Slots = tokens ? MaxSlots(batch) : batch.Positions,
            InputSize = layer == 0 ? options.InputSize : options.Features,
            HiddenSize = options.HiddenSize,
        }, kernels.GateTableOf(layer).Gates);
    }

    /// <summary>All steps of a layer in one direction.</summary>
    public void RunSequence(DeviceBatch batch, int layer = 0, int direction = 0)
    {
        var hasTokens = layer == 0 && features is null;
        var ofTokens = hasTokens && direction == 0;
        var slots = ofTokens ? index.Slots(batch)
            : hasTokens ? memory.Reversal!.Slots(batch)
            : memory.Reversal!.Identity(batch.Positions);
        var number = layer * options.Directions + direction;
        var factors = Dropout.DrawStateFactors(batch, number);
        if (!kernels.Sequence.IsLaunchAStep)
        {
            kernels.Sequence.Forward(
                device, ForwardArguments(batch, layer, direction, slots, index.Lengths(batch), factors));
            return;
        }

        var lengths = memory.Lengths.SubView(0, batch.Rows);
        index.Lengths(batch).CopyTo(device.Stream, lengths);
        if (ofTokens)
        {
            var tokens = memory.Slots.SubView(0, batch.Positions);
            if (batch.Positions > 0)
                slots.CopyTo(device.Stream, tokens);
            slots = tokens;
        }

        var key = new SequenceKey(IsForward: true, number, batch.Rows, batch.Steps, factors.Length > 0);
        if (!graphs.TryLaunch(key))
            Record(ForwardArguments(batch, layer, direction, slots, lengths, factors));

        void Record(LstmSequence.ForwardArguments arguments) =>
            graphs.Launch(key, kernels.Sequence.Launches(arguments.Steps), () => kernels.Sequence.Forward(device, arguments));
    }

    /// <summary>What a direction of a layer leaves.</summary>
    public DeviceSequenceBuffers SequenceOf(int layer, int direction) =>
        memory.Sequences[(layer * options.Directions + direction) % memory.Sequences.Count];

    /// <summary>The hidden states of all directions of a layer [T, B, D H].</summary>
    public ArrayView<float> FeaturesOf(int layer) => memory.Features[layer % memory.Features.Count];

    /// <summary>
    /// What a layer reads: the first the embedding [V, E], or where a token has more than that all of it at each position; the
    /// others [T, B, D H].
    /// </summary>
    public ArrayView<float> InputsOf(int layer) =>
        layer == 0 ? features?.Inputs ?? Embedding : Dropout.LayerInputs(layer, FeaturesOf(layer - 1));

    /// <summary>The embedding that the first layer reads [V, E].</summary>
    public ArrayView<float> Embedding => Dropout.EmbeddingRead(Parameter(layout.Embedding));

    /// <summary>
    /// The hidden states of both directions side by side: at the same step for the layer above or a readout of all steps, and in
    /// the order of each for a head that reads the last.
    /// </summary>
    private void Join(DeviceBatch batch, int layer) => Directions.Join(device, new()
    {
        Forward = SequenceOf(layer, 0).HiddenStates,
        Reverse = SequenceOf(layer, 1).HiddenStates,
        Positions = memory.Reversal!.Positions(batch, direction: layer == options.Layers - 1 && !options.IsPooled ? 0 : 1),
        Features = FeaturesOf(layer),
        Count = batch.Positions,
        HiddenSize = options.HiddenSize,
    });

    private LstmSequence.ForwardArguments ForwardArguments(
        DeviceBatch batch, int layer, int direction, ArrayView<int> slots, ArrayView<int> lengths,
        ArrayView<float> factors) =>
        new()
        {
            Table = memory.Table,
            Slots = slots,
            Lengths = lengths,
            RecurrentWeights = Parameter(layout.Lstm[layer * options.Directions + direction].RecurrentWeights),
            StateFactors = factors,
            Gates = SequenceOf(layer, direction).Gates,
            CellStates = SequenceOf(layer, direction).CellStates,
            HiddenStates = SequenceOf(layer, direction).HiddenStates,
            Scratch = memory.SequenceScratch,
            Rows = batch.Rows,
            Steps = batch.Steps,
            HiddenSize = options.HiddenSize,
        };

    /// <summary>What the head reads, and what it writes on the way forward.</summary>
    public ClassifierHead.Arguments Head(
        DeviceBatch batch, DeviceLoss loss, ArrayView<float> logits, ArrayView<float> totals)
    {
        var (states, lengths) = Dropout.HeadInputs
            ?? (memory.Pooling is { } pooling
                ? (pooling.Pooled, pooling.OneStep)
                : (FeaturesOf(options.Layers - 1), index.Lengths(batch)));
        return new()
        {
            HiddenStates = states,
            Lengths = lengths,
            Labels = index.Labels(batch),
            Loss = loss.ArgumentsOf(batch),
            Weights = Parameter(layout.HeadWeights),
            Bias = Parameter(layout.HeadBias),
            Logits = logits,
            RowLosses = memory.RowLosses,
            LogitGradients = memory.LogitGradients,
            Totals = totals,
            Rows = batch.Rows,
            HiddenSize = options.HeadInputs,
            LogitCount = options.Logits,
        };
    }

    /// <summary>Of this batch alone: how sums are split must not depend on its neighbours in a window.</summary>
    private int MaxSlots(DeviceBatch batch) => BatchIndex.MaxSlots(options.VocabularySize, batch.Running);

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceBuffers.Part(parameters, tensor);
}

/// <summary>What tells one recorded sequence of an engine from another.</summary>
/// <param name="IsForward">Forward, or back through time.</param>
/// <param name="Number">Which direction of which layer.</param>
/// <param name="Rows">Rows of a batch B.</param>
/// <param name="Steps">Steps T.</param>
/// <param name="HasFactors">Whether hidden states are multiplied with factors.</param>
internal readonly record struct SequenceKey(bool IsForward, int Number, int Rows, int Steps, bool HasFactors);
