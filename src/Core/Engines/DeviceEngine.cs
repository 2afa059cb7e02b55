using GpuLstm.Data;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines;

/// <summary>
/// Trains on a CUDA or OpenCL device, or the simulator: uploads each batch's plan and queues the kernels of a step in
/// order. Losses stay on the device until somebody asks.
/// </summary>
internal sealed class DeviceEngine : ILstmEngine
{
    private const int MaxPendingSteps = 4096;

    private readonly ComputeDevice device;
    private readonly ModelOptions options;
    private readonly AdamOptions adam;
    private readonly BatchPlan plan;
    private readonly DeviceWorkspace memory;
    private readonly List<int> pendingRows = [];
    private BatchTotals trainingTotals;
    private int adamStep;

    /// <param name="device">Owned by the engine from here on.</param>
    /// <param name="options">The model.</param>
    /// <param name="adam">The optimiser.</param>
    /// <param name="limits">The largest batch.</param>
    public DeviceEngine(ComputeDevice device, ModelOptions options, AdamOptions adam, EngineLimits limits)
    {
        limits.Check(options);
        this.device = device;
        this.options = options;
        this.adam = adam;
        Layout = new ParameterLayout(options);
        plan = new BatchPlan(options.VocabularySize, limits.MaxRows, limits.MaxSteps);
        memory = new DeviceWorkspace(device, Layout, options, limits, plan.MaxSlots, MaxPendingSteps);
    }

    public string Accelerator => DeviceCatalog.Name(device.Info.Kind);

    public string Device => device.Info.Name;

    public ParameterLayout Layout { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        memory.Parameters.CopyFromCPU(device.Stream, parameters);
        memory.FirstMoments.MemSetToZero(device.Stream);
        memory.SecondMoments.MemSetToZero(device.Stream);
        adamStep = 0;
    }

    public void GetParameters(Span<float> parameters) => Download(memory.Parameters, parameters);

    public void TrainStep(TokenBatch batch)
    {
        if (pendingRows.Count == MaxPendingSteps)
            ReadPendingTotals();
        var totals = memory.Totals.SubView(2 * pendingRows.Count, 2);
        pendingRows.Add(batch.Rows);
        Forward(batch, totals);
        Backward();
        Adam.Step(device, new()
        {
            Parameters = memory.Parameters,
            Gradients = memory.Gradient,
            FirstMoments = memory.FirstMoments,
            SecondMoments = memory.SecondMoments,
            Factors = Adam.StepFactors.Of(adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, ++adamStep),
            Count = Layout.Length,
        });
    }

    public BatchTotals TakeTrainingTotals()
    {
        ReadPendingTotals();
        var taken = trainingTotals;
        trainingTotals = default;
        return taken;
    }

    public BatchTotals ComputeGradient(TokenBatch batch, Span<float> gradient)
    {
        ReadPendingTotals();
        Forward(batch, memory.Totals.SubView(0, 2));
        Backward();
        Download(memory.Gradient, gradient);
        return ReadTotals(batch.Rows);
    }

    public BatchTotals Evaluate(TokenBatch batch, Span<float> logits)
    {
        ReadPendingTotals();
        Forward(batch, memory.Totals.SubView(0, 2));
        Download(memory.Logits.SubView(0, batch.Rows), logits);
        return ReadTotals(batch.Rows);
    }

    public void Dispose()
    {
        memory.Dispose();
        device.Dispose();
    }

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Parameters, tensor);

    private ArrayView<float> Gradient(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Gradient, tensor);

    private void Forward(TokenBatch batch, ArrayView<float> totals)
    {
        plan.Prepare(batch, options.Readout);
        memory.Upload(plan);
        GateTable.Forward(device, new()
        {
            Embedding = Parameter(Layout.Embedding),
            InputWeights = Parameter(Layout.InputWeights),
            InputBias = Parameter(Layout.InputBias),
            RecurrentBias = Parameter(Layout.RecurrentBias),
            SlotTokens = memory.SlotTokens,
            Table = memory.Table,
            Slots = plan.SlotCount,
            EmbeddingSize = options.EmbeddingSize,
            GateRows = 4 * options.HiddenSize,
        });
        LstmSequence.Forward(device, new()
        {
            Table = memory.Table,
            Slots = memory.Slots,
            Lengths = memory.Lengths,
            RecurrentWeights = Parameter(Layout.RecurrentWeights),
            Gates = memory.Gates,
            CellStates = memory.CellStates,
            HiddenStates = memory.HiddenStates,
            Rows = plan.Rows,
            Steps = plan.Steps,
            HiddenSize = options.HiddenSize,
        });
        ClassifierHead.Forward(device, new()
        {
            HiddenStates = memory.HiddenStates,
            Lengths = memory.Lengths,
            Labels = memory.Labels,
            Weights = Parameter(Layout.HeadWeights),
            Bias = Parameter(Layout.HeadBias),
            Logits = memory.Logits,
            RowLosses = memory.RowLosses,
            Totals = totals,
            Rows = plan.Rows,
            HiddenSize = options.HiddenSize,
        });
    }

    private void Backward()
    {
        // Embedding rows of absent tokens, and recurrent weights of one-step batches, have no kernel that writes them.
        memory.Gradient.MemSetToZero(device.Stream);
        ClassifierHead.Backward(device, new()
        {
            HiddenStates = memory.HiddenStates,
            Lengths = memory.Lengths,
            Labels = memory.Labels,
            Weights = Parameter(Layout.HeadWeights),
            Logits = memory.Logits,
            LastHiddenGradient = memory.LastHiddenGradient,
            WeightGradient = Gradient(Layout.HeadWeights),
            BiasGradient = Gradient(Layout.HeadBias),
            Rows = plan.Rows,
            HiddenSize = options.HiddenSize,
        });
        LstmSequence.Backward(device, new()
        {
            LastHiddenGradient = memory.LastHiddenGradient,
            Lengths = memory.Lengths,
            RecurrentWeights = Parameter(Layout.RecurrentWeights),
            Gates = memory.Gates,
            CellStates = memory.CellStates,
            CellGradient = memory.CellGradient,
            Rows = plan.Rows,
            Steps = plan.Steps,
            HiddenSize = options.HiddenSize,
        });
        RecurrentWeightsBackward();
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
            Embedding = Parameter(Layout.Embedding),
            InputWeights = Parameter(Layout.InputWeights),
            SlotTokens = memory.SlotTokens,
            EmbeddingGradient = Gradient(Layout.Embedding),
            InputWeightGradient = Gradient(Layout.InputWeights),
            InputBiasGradient = Gradient(Layout.InputBias),
            RecurrentBiasGradient = Gradient(Layout.RecurrentBias),
            Slots = plan.SlotCount,
            EmbeddingSize = options.EmbeddingSize,
            GateRows = 4 * options.HiddenSize,
        });
    }

    /// <summary>Gate gradients of steps 1 to T - 1 against hidden states of steps 0 to T - 2; step 0 has none before it.</summary>
    private void RecurrentWeightsBackward()
    {
        if (plan.Steps < 2)
            return;
        var gateRows = 4 * options.HiddenSize;
        WeightGradient.Backward(device, new()
        {
            Left = memory.Gates.SubView(plan.Rows * gateRows, memory.Gates.Length - plan.Rows * gateRows),
            Right = memory.HiddenStates,
            Partial = memory.WeightGradientPartial,
            Gradient = Gradient(Layout.RecurrentWeights),
            Positions = plan.Positions - plan.Rows,
            LeftColumns = gateRows,
            RightColumns = options.HiddenSize,
        });
    }

    private void ReadPendingTotals()
    {
        if (pendingRows.Count == 0)
            return;
        var totals = new float[2 * pendingRows.Count];
        Download(memory.Totals.SubView(0, totals.Length), totals);
        for (var step = 0; step < pendingRows.Count; step++)
            trainingTotals += new BatchTotals(totals[2 * step], (long)totals[2 * step + 1], pendingRows[step]);
        pendingRows.Clear();
    }

    private BatchTotals ReadTotals(int rows)
    {
        Span<float> totals = stackalloc float[2];
        Download(memory.Totals.SubView(0, 2), totals);
        return new BatchTotals(totals[0], (long)totals[1], rows);
    }

    private void Download(ArrayView<float> source, Span<float> target)
    {
        source.CopyToCPU(device.Stream, target[..source.IntLength]);
        device.Synchronize();
    }
}
