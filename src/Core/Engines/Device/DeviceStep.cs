using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// The kernels of a training step, queued in order on a workspace; nothing here waits for the device. Where a sequence is a launch a step,
/// it is recorded, and reads a batch's slots and lengths where they do not move.
/// </summary>
/// <param name="device">Where.</param>
/// <param name="memory">What they read and write.</param>
/// <param name="batchIndex">Of the batches.</param>
/// <param name="layout">Where each parameter lies.</param>
/// <param name="options">The model.</param>
/// <param name="kernels">Of those that can be chosen from.</param>
internal sealed class DeviceStep(
    ComputeDevice device, DeviceWorkspace memory, DeviceBatchIndex batchIndex, ParameterLayout layout, ModelOptions options, KernelChoice kernels) : IDisposable
{
    private readonly LaunchGraphs<(bool Forward, int Rows, int Steps)> graphs = new(device);

    /// <summary>How many sequences of launches were recorded.</summary>
    public int RecordedSequences => graphs.Recorded;

    /// <summary>Logits and totals of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="logits">Written [B].</param>
    /// <param name="totals">Loss sum and correct rows, written [2].</param>
    public void Evaluate(DeviceBatch batch, ArrayView<float> logits, ArrayView<float> totals)
    {
        Forward(batch, logits, totals);
        ClassifierHead.Total(device, Head(batch, logits, totals));
    }

    /// <summary>An Adam step along the gradient of a batch's mean loss.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="totals">Loss sum and correct rows, written [2].</param>
    /// <param name="factors">Of Adam.</param>
    public void Train(DeviceBatch batch, ArrayView<float> totals, Adam.StepFactors factors)
    {
        if (IsOneLaunch(batch))
        {
            OneUnitStep.Run(device, OneUnit(batch, totals) with { Factors = factors, Updates = 1 });
            return;
        }

        Differentiate(batch, totals);
        Adam(factors);
    }

    /// <summary>The gradient of a batch's mean loss, and its totals.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="totals">Loss sum and correct rows, written [2].</param>
    public void Differentiate(DeviceBatch batch, ArrayView<float> totals)
    {
        if (IsOneLaunch(batch))
        {
            OneUnitStep.Run(device, OneUnit(batch, totals));
            return;
        }

        Forward(batch, memory.Logits, totals);

        // Embedding rows of absent tokens, and recurrent weights of one-step batches, have no kernel that writes them.
        if (BatchIndex.IsCompacted(options.VocabularySize) || batch.Steps < 2)
            memory.Gradient.MemSetToZero(device.Stream);
        ClassifierHead.Backward(device, Head(batch, memory.Logits, totals));
        SequenceBackward(batch);
        RecurrentWeightsBackward(batch);
        GateTableBackward(batch);
    }

    private void Forward(DeviceBatch batch, ArrayView<float> logits, ArrayView<float> totals)
    {
        batchIndex.Prepare(batch);
        GateTableForward(batch);
        SequenceForward(batch);
        ClassifierHead.Forward(device, Head(batch, logits, totals));
    }

    /// <summary>The input half of the gates for each slot.</summary>
    public void GateTableForward(DeviceBatch batch) => GateTable.Forward(device, new()
    {
        Embedding = Parameter(layout.Embedding),
        InputWeights = Parameter(layout.InputWeights),
        InputBias = Parameter(layout.InputBias),
        RecurrentBias = Parameter(layout.RecurrentBias),
        SlotTokens = batchIndex.SlotTokens(batch),
        SlotCount = batchIndex.SlotCount(batch),
        Table = memory.Table,
        Slots = MaxSlots(batch),
        EmbeddingSize = options.EmbeddingSize,
        HiddenSize = options.HiddenSize,
    });

    /// <summary>All steps of the layer.</summary>
    public void SequenceForward(DeviceBatch batch)
    {
        if (!kernels.Sequence.IsLaunchAStep)
        {
            kernels.Sequence.Forward(device, ForwardArguments(batch, batchIndex.Slots(batch), batchIndex.Lengths(batch)));
            return;
        }

        var (slots, lengths) = (memory.Slots.SubView(0, batch.Positions), memory.Lengths.SubView(0, batch.Rows));
        if (batch.Positions > 0)
            batchIndex.Slots(batch).CopyTo(device.Stream, slots);
        batchIndex.Lengths(batch).CopyTo(device.Stream, lengths);
        var key = (true, batch.Rows, batch.Steps);
        if (!graphs.TryLaunch(key))
            Record(ForwardArguments(batch, slots, lengths));

        void Record(LstmSequence.ForwardArguments arguments) =>
            graphs.Launch(key, kernels.Sequence.Launches(arguments.Steps), () => kernels.Sequence.Forward(device, arguments));
    }

    private LstmSequence.ForwardArguments ForwardArguments(DeviceBatch batch, ArrayView<int> slots, ArrayView<int> lengths) => new()
    {
        Table = memory.Table,
        Slots = slots,
        Lengths = lengths,
        RecurrentWeights = Parameter(layout.RecurrentWeights),
        Gates = memory.Gates,
        CellStates = memory.CellStates,
        HiddenStates = memory.HiddenStates,
        Scratch = memory.SequenceScratch,
        Rows = batch.Rows,
        Steps = batch.Steps,
        HiddenSize = options.HiddenSize,
    };

    private ClassifierHead.Arguments Head(DeviceBatch batch, ArrayView<float> logits, ArrayView<float> totals) => new()
    {
        HiddenStates = memory.HiddenStates,
        Lengths = batchIndex.Lengths(batch),
        Labels = batchIndex.Labels(batch),
        Weights = Parameter(layout.HeadWeights),
        Bias = Parameter(layout.HeadBias),
        Logits = logits,
        RowLosses = memory.RowLosses,
        LogitGradients = memory.LogitGradients,
        Totals = totals,
        LastHiddenGradient = memory.LastHiddenGradient,
        WeightGradient = Gradient(layout.HeadWeights),
        BiasGradient = Gradient(layout.HeadBias),
        Rows = batch.Rows,
        HiddenSize = options.HiddenSize,
    };

    /// <summary>All steps back through time, after <see cref="SequenceForward"/> of the same batch.</summary>
    public void SequenceBackward(DeviceBatch batch)
    {
        if (!kernels.Sequence.IsLaunchAStep)
        {
            kernels.Sequence.Backward(device, BackwardArguments(batch, batchIndex.Lengths(batch)));
            return;
        }

        var key = (false, batch.Rows, batch.Steps);
        if (!graphs.TryLaunch(key))
            Record(BackwardArguments(batch, memory.Lengths.SubView(0, batch.Rows)));

        void Record(LstmSequence.BackwardArguments arguments) =>
            graphs.Launch(key, kernels.Sequence.Launches(arguments.Steps), () => kernels.Sequence.Backward(device, arguments));
    }

    private LstmSequence.BackwardArguments BackwardArguments(DeviceBatch batch, ArrayView<int> lengths) => new()
    {
        LastHiddenGradient = memory.LastHiddenGradient,
        Lengths = lengths,
        RecurrentWeights = Parameter(layout.RecurrentWeights),
        Gates = memory.Gates,
        CellStates = memory.CellStates,
        CellGradient = memory.CellGradient,
        Scratch = memory.SequenceScratch,
        Rows = batch.Rows,
        Steps = batch.Steps,
        HiddenSize = options.HiddenSize,
    };

    private void GateTableBackward(DeviceBatch batch)
    {
        SegmentSum.Run(device, new()
        {
            OutputGradient = memory.Gates.Cast<float>(),
            SortedPositions = batchIndex.SortedPositions(batch),
            SegmentStarts = batchIndex.SegmentStarts(batch),
            ChunkStarts = batchIndex.ChunkStarts(batch),
            ChunkRows = batchIndex.ChunkSlots(batch),
            ChunkSums = memory.ChunkSums,
            TableGradient = memory.TableGradient.Cast<float>(),
            Positions = batch.Running,
            TableRows = MaxSlots(batch),
            Columns = 4 * options.HiddenSize,
        });
        GateTable.Backward(device, new()
        {
            TableGradient = memory.TableGradient,
            Embedding = Parameter(layout.Embedding),
            InputWeights = Parameter(layout.InputWeights),
            SlotTokens = batchIndex.SlotTokens(batch),
            SlotCount = batchIndex.SlotCount(batch),
            Partial = memory.WeightGradientPartial,
            EmbeddingGradient = Gradient(layout.Embedding),
            InputWeightGradient = Gradient(layout.InputWeights),
            InputBiasGradient = Gradient(layout.InputBias),
            RecurrentBiasGradient = Gradient(layout.RecurrentBias),
            Slots = MaxSlots(batch),
            EmbeddingSize = options.EmbeddingSize,
            HiddenSize = options.HiddenSize,
        });
    }

    /// <summary>Gate gradients of steps 1 to T - 1 against hidden states of steps 0 to T - 2; step 0 has none before it.</summary>
    private void RecurrentWeightsBackward(DeviceBatch batch)
    {
        if (batch.Steps < 2)
            return;
        var elementsInStep = batch.Rows * options.HiddenSize;
        WeightGradient.OfRecurrentWeights(device, new()
        {
            GateGradients = memory.Gates.SubView(elementsInStep, memory.Gates.Length - elementsInStep),
            Inputs = memory.HiddenStates,
            Partial = memory.WeightGradientPartial,
            Gradient = Gradient(layout.RecurrentWeights),
            Positions = batch.Positions - batch.Rows,
            HiddenSize = options.HiddenSize,
            InputSize = options.HiddenSize,
        }, kernels.RecurrentWeights);
    }

    // On a processor a group's threads run one after another, and all others stay idle.
    private bool IsOneLaunch(DeviceBatch batch) =>
        !device.RunsGroupsSerially
        && OneUnitStep.Takes(options.VocabularySize, options.HiddenSize, batch.Rows, batch.Steps)
        && OneUnitStep.IsFaster(options.VocabularySize, options.EmbeddingSize, batch.Rows);

    private OneUnitStep.Arguments OneUnit(DeviceBatch batch, ArrayView<float> totals)
    {
        batchIndex.Prepare(batch);
        return new()
        {
            Parameters = memory.Parameters,
            Gradient = memory.Gradient,
            FirstMoments = memory.FirstMoments,
            SecondMoments = memory.SecondMoments,
            Lengths = batchIndex.Lengths(batch),
            Labels = batchIndex.Labels(batch),
            Slots = batchIndex.Slots(batch),
            SlotTokens = batchIndex.SlotTokens(batch),
            SlotCount = batchIndex.SlotCount(batch),
            SortedPositions = batchIndex.SortedPositions(batch),
            SegmentStarts = batchIndex.SegmentStarts(batch),
            ChunkStarts = batchIndex.ChunkStarts(batch),
            ChunkSlots = batchIndex.ChunkSlots(batch),
            Table = memory.Table,
            TableGradient = memory.TableGradient,
            Gates = memory.Gates,
            CellStates = memory.CellStates,
            HiddenStates = memory.HiddenStates,
            LastHiddenGradient = memory.LastHiddenGradient,
            Logits = memory.Logits,
            RowLosses = memory.RowLosses,
            LogitGradients = memory.LogitGradients,
            Totals = totals,
            VocabularySize = options.VocabularySize,
            EmbeddingSize = options.EmbeddingSize,
            Rows = batch.Rows,
            Steps = batch.Steps,
        };
    }

    /// <summary>One Adam step along the gradient.</summary>
    public void Adam(Adam.StepFactors factors) => Kernels.Operations.Adam.Step(device, new()
    {
        Parameters = memory.Parameters,
        Gradients = memory.Gradient,
        FirstMoments = memory.FirstMoments,
        SecondMoments = memory.SecondMoments,
        Factors = factors,
        Count = layout.Length,
    });

    public void Dispose() => graphs.Dispose();

    /// <summary>Of this batch alone: how sums are split must not depend on its neighbours in a window.</summary>
    private int MaxSlots(DeviceBatch batch) => BatchIndex.MaxSlots(options.VocabularySize, batch.Running);

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Parameters, tensor);

    private ArrayView<float> Gradient(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Gradient, tensor);
}
