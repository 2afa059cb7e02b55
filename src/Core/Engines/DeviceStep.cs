using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines;

/// <summary>The kernels of a training step, queued in order on a workspace; nothing here waits for the device.</summary>
/// <param name="device">Where.</param>
/// <param name="memory">What they read and write.</param>
/// <param name="layout">Where each parameter lies.</param>
/// <param name="options">The model.</param>
internal sealed class DeviceStep(ComputeDevice device, DeviceWorkspace memory, ParameterLayout layout, ModelOptions options)
{
    /// <summary>Logits and losses of a batch.</summary>
    /// <param name="plan">The batch, uploaded.</param>
    /// <param name="totals">Loss sum and correct rows, written [2].</param>
    public void Forward(BatchPlan plan, ArrayView<float> totals)
    {
        GateTableForward(plan);
        SequenceForward(plan);
        HeadForward(plan, totals);
    }

    /// <summary>The gradient of the mean loss of the batch that went forward last.</summary>
    public void Backward(BatchPlan plan)
    {
        // Embedding rows of absent tokens, and recurrent weights of one-step batches, have no kernel that writes them.
        memory.Gradient.MemSetToZero(device.Stream);
        HeadBackward(plan);
        SequenceBackward(plan);
        RecurrentWeightsBackward(plan);
        GateTableBackward(plan);
    }

    /// <summary>The input half of the gates for each slot.</summary>
    public void GateTableForward(BatchPlan plan) => GateTable.Forward(device, new()
    {
        Embedding = Parameter(layout.Embedding),
        InputWeights = Parameter(layout.InputWeights),
        InputBias = Parameter(layout.InputBias),
        RecurrentBias = Parameter(layout.RecurrentBias),
        SlotTokens = memory.SlotTokens,
        Table = memory.Table,
        Slots = plan.SlotCount,
        EmbeddingSize = options.EmbeddingSize,
        GateRows = 4 * options.HiddenSize,
    });

    /// <summary>All steps of the layer.</summary>
    public void SequenceForward(BatchPlan plan) => LstmSequence.Forward(device, new()
    {
        Table = memory.Table,
        Slots = memory.Slots,
        Lengths = memory.Lengths,
        RecurrentWeights = Parameter(layout.RecurrentWeights),
        Gates = memory.Gates,
        CellStates = memory.CellStates,
        HiddenStates = memory.HiddenStates,
        Rows = plan.Rows,
        Steps = plan.Steps,
        HiddenSize = options.HiddenSize,
    });

    private void HeadForward(BatchPlan plan, ArrayView<float> totals) => ClassifierHead.Forward(device, new()
    {
        HiddenStates = memory.HiddenStates,
        Lengths = memory.Lengths,
        Labels = memory.Labels,
        Weights = Parameter(layout.HeadWeights),
        Bias = Parameter(layout.HeadBias),
        Logits = memory.Logits,
        RowLosses = memory.RowLosses,
        Totals = totals,
        Rows = plan.Rows,
        HiddenSize = options.HiddenSize,
    });

    private void HeadBackward(BatchPlan plan) => ClassifierHead.Backward(device, new()
    {
        HiddenStates = memory.HiddenStates,
        Lengths = memory.Lengths,
        Labels = memory.Labels,
        Weights = Parameter(layout.HeadWeights),
        Logits = memory.Logits,
        LastHiddenGradient = memory.LastHiddenGradient,
        WeightGradient = Gradient(layout.HeadWeights),
        BiasGradient = Gradient(layout.HeadBias),
        Rows = plan.Rows,
        HiddenSize = options.HiddenSize,
    });

    /// <summary>All steps back through time.</summary>
    public void SequenceBackward(BatchPlan plan) => LstmSequence.Backward(device, new()
    {
        LastHiddenGradient = memory.LastHiddenGradient,
        Lengths = memory.Lengths,
        RecurrentWeights = Parameter(layout.RecurrentWeights),
        Gates = memory.Gates,
        CellStates = memory.CellStates,
        CellGradient = memory.CellGradient,
        Rows = plan.Rows,
        Steps = plan.Steps,
        HiddenSize = options.HiddenSize,
    });

    private void GateTableBackward(BatchPlan plan)
    {
        EmbeddingLookup.Backward(device, new()
        {
            OutputGradient = memory.Gates,
            SortedPositions = memory.SortedPositions,
            SegmentStarts = memory.SegmentStarts,
            TableGradient = memory.TableGradient,
            TableRows = plan.SlotCount,
            Columns = 4 * options.HiddenSize,
        });
        GateTable.Backward(device, new()
        {
            TableGradient = memory.TableGradient,
            Embedding = Parameter(layout.Embedding),
            InputWeights = Parameter(layout.InputWeights),
            SlotTokens = memory.SlotTokens,
            EmbeddingGradient = Gradient(layout.Embedding),
            InputWeightGradient = Gradient(layout.InputWeights),
            InputBiasGradient = Gradient(layout.InputBias),
            RecurrentBiasGradient = Gradient(layout.RecurrentBias),
            Slots = plan.SlotCount,
            EmbeddingSize = options.EmbeddingSize,
            GateRows = 4 * options.HiddenSize,
        });
    }

    /// <summary>Gate gradients of steps 1 to T - 1 against hidden states of steps 0 to T - 2; step 0 has none before it.</summary>
    private void RecurrentWeightsBackward(BatchPlan plan)
    {
        if (plan.Steps < 2)
            return;
        var gateRows = 4 * options.HiddenSize;
        WeightGradient.Backward(device, new()
        {
            Left = memory.Gates.SubView(plan.Rows * gateRows, memory.Gates.Length - plan.Rows * gateRows),
            Right = memory.HiddenStates,
            Partial = memory.WeightGradientPartial,
            Gradient = Gradient(layout.RecurrentWeights),
            Positions = plan.Positions - plan.Rows,
            LeftColumns = gateRows,
            RightColumns = options.HiddenSize,
        });
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

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Parameters, tensor);

    private ArrayView<float> Gradient(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Gradient, tensor);
}
