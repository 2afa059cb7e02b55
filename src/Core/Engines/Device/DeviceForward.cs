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
internal sealed class DeviceForward(
    ComputeDevice device, ArrayView<float> parameters, DeviceForwardBuffers memory, DeviceBatchIndex index,
    ParameterLayout layout, ModelOptions options,
    KernelChoice kernels, LaunchGraphs<SequenceKey> graphs)
{
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
    public void Run(DeviceBatch batch, DeviceLoss loss, ArrayView<float> logits, ArrayView<float> totals)
    {
        index.Prepare(batch);
        ComputeGateTable(batch);
        RunSequence(batch);
        ClassifierHead.Forward(device, Head(batch, loss, logits, totals));
    }

    /// <summary>The input half of the gates for each slot.</summary>
    public void ComputeGateTable(DeviceBatch batch) => GateTable.Forward(device, new()
    {
        Embedding = Parameter(layout.Embedding),
        InputWeights = Parameter(layout.Lstm[0].InputWeights),
        InputBias = Parameter(layout.Lstm[0].InputBias),
        RecurrentBias = Parameter(layout.Lstm[0].RecurrentBias),
        SlotTokens = index.SlotTokens(batch),
        SlotCount = index.SlotCount(batch),
        Table = memory.Table,
        Slots = MaxSlots(batch),
        EmbeddingSize = options.EmbeddingSize,
        HiddenSize = options.HiddenSize,
    });

    /// <summary>All steps of the layer.</summary>
    public void RunSequence(DeviceBatch batch)
    {
        if (!kernels.Sequence.IsLaunchAStep)
        {
            kernels.Sequence.Forward(device, ForwardArguments(batch, index.Slots(batch), index.Lengths(batch)));
            return;
        }

        var (slots, lengths) = (memory.Slots.SubView(0, batch.Positions), memory.Lengths.SubView(0, batch.Rows));
        if (batch.Positions > 0)
            index.Slots(batch).CopyTo(device.Stream, slots);
        index.Lengths(batch).CopyTo(device.Stream, lengths);
        var key = new SequenceKey(IsForward: true, batch.Rows, batch.Steps);
        if (!graphs.TryLaunch(key))
            Record(ForwardArguments(batch, slots, lengths));

        void Record(LstmSequence.ForwardArguments arguments) =>
            graphs.Launch(key, kernels.Sequence.Launches(arguments.Steps), () => kernels.Sequence.Forward(device, arguments));
    }

    private LstmSequence.ForwardArguments ForwardArguments(DeviceBatch batch, ArrayView<int> slots, ArrayView<int> lengths) =>
        new()
        {
            Table = memory.Table,
            Slots = slots,
            Lengths = lengths,
            RecurrentWeights = Parameter(layout.Lstm[0].RecurrentWeights),
            Gates = memory.Gates,
            CellStates = memory.CellStates,
            HiddenStates = memory.HiddenStates,
            Scratch = memory.SequenceScratch,
            Rows = batch.Rows,
            Steps = batch.Steps,
            HiddenSize = options.HiddenSize,
        };

    /// <summary>What the head reads, and what it writes on the way forward.</summary>
    public ClassifierHead.Arguments Head(
        DeviceBatch batch, DeviceLoss loss, ArrayView<float> logits, ArrayView<float> totals) => new()
        {
            HiddenStates = memory.HiddenStates,
            Lengths = index.Lengths(batch),
            Labels = index.Labels(batch),
            Loss = loss.ArgumentsOf(batch),
            Weights = Parameter(layout.HeadWeights),
            Bias = Parameter(layout.HeadBias),
            Logits = logits,
            RowLosses = memory.RowLosses,
            LogitGradients = memory.LogitGradients,
            Totals = totals,
            Rows = batch.Rows,
            HiddenSize = options.HiddenSize,
            LogitCount = options.Logits,
        };

    /// <summary>Of this batch alone: how sums are split must not depend on its neighbours in a window.</summary>
    private int MaxSlots(DeviceBatch batch) => BatchIndex.MaxSlots(options.VocabularySize, batch.Running);

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceBuffers.Part(parameters, tensor);
}

/// <summary>What tells one recorded sequence of an engine from another.</summary>
/// <param name="IsForward">The direction.</param>
/// <param name="Rows">Rows of a batch B.</param>
/// <param name="Steps">Steps T.</param>
internal readonly record struct SequenceKey(bool IsForward, int Rows, int Steps);
