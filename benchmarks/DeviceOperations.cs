using GpuLstm.Engines;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Benchmarks;

/// <summary>The kernels on a device, one launcher at a time, each waited for.</summary>
internal sealed class DeviceOperations : IOperations
{
    private readonly ModelOptions model;
    private readonly Inputs inputs;
    private readonly ComputeDevice device;
    private readonly DeviceEngine engine;
    private readonly BatchPlan plan;
    private readonly DeviceWorkspace memory;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> embedded;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> tokens;

    public DeviceOperations(AcceleratorKind kind, ModelOptions model, Inputs inputs)
    {
        this.model = model;
        this.inputs = inputs;
        var limits = new EngineLimits(Setting.Rows, Setting.Steps);
        device = DeviceCatalog.Open(kind);
        plan = new BatchPlan(model.VocabularySize, Setting.Rows, Setting.Steps);
        plan.Prepare(inputs.Batch, model.Readout);
        memory = new DeviceWorkspace(device, inputs.Layout, model, limits, plan.MaxSlots, maxTotals: 1);
        memory.Upload(plan);
        memory.Parameters.CopyFromCPU(device.Stream, inputs.Parameters);
        memory.LastHiddenGradient.MemSetToZero(device.Stream);
        memory.Gradient.MemSetToZero(device.Stream);
        memory.FirstMoments.MemSetToZero(device.Stream);
        memory.SecondMoments.MemSetToZero(device.Stream);
        memory.Gates.MemSetToZero(device.Stream);
        memory.CellStates.MemSetToZero(device.Stream);
        tokens = device.Allocate<int>(inputs.Batch.Tokens.Length);
        tokens.View.CopyFromCPU(device.Stream, inputs.Batch.Tokens);
        embedded = device.Allocate<float>(inputs.Batch.Tokens.Length * model.EmbeddingSize);
        device.Synchronize();
        engine = new DeviceEngine(DeviceCatalog.Open(kind), model, new AdamOptions(), limits);
        engine.SetParameters(inputs.Parameters);
    }

    public void EmbeddingLookup()
    {
        Kernels.Operations.EmbeddingLookup.Forward(device, new()
        {
            Table = Parameter(inputs.Layout.Embedding),
            Rows = tokens.View,
            Output = embedded.View,
            Positions = inputs.Batch.Tokens.Length,
            Columns = model.EmbeddingSize,
        });
        device.Synchronize();
    }

    public void GateTable()
    {
        Kernels.Operations.GateTable.Forward(device, new()
        {
            Embedding = Parameter(inputs.Layout.Embedding),
            InputWeights = Parameter(inputs.Layout.InputWeights),
            InputBias = Parameter(inputs.Layout.InputBias),
            RecurrentBias = Parameter(inputs.Layout.RecurrentBias),
            SlotTokens = memory.SlotTokens,
            Table = memory.Table,
            Slots = plan.SlotCount,
            EmbeddingSize = model.EmbeddingSize,
            GateRows = 4 * model.HiddenSize,
        });
        device.Synchronize();
    }

    public void Gates()
    {
        LstmCell.Forward(device, new()
        {
            Gates = memory.Gates,
            PreviousCellState = memory.CellStates,
            CellState = memory.CellGradient,
            HiddenState = memory.HiddenStates,
            Rows = plan.Rows,
            HiddenSize = model.HiddenSize,
        });
        device.Synchronize();
    }

    public void SequenceForward()
    {
        Forward();
        device.Synchronize();
    }

    public void SequenceForwardBackward()
    {
        Forward();
        LstmSequence.Backward(device, new()
        {
            LastHiddenGradient = memory.LastHiddenGradient,
            Lengths = memory.Lengths,
            RecurrentWeights = Parameter(inputs.Layout.RecurrentWeights),
            Gates = memory.Gates,
            CellStates = memory.CellStates,
            CellGradient = memory.CellGradient,
            Rows = plan.Rows,
            Steps = plan.Steps,
            HiddenSize = model.HiddenSize,
        });
        device.Synchronize();
    }

    public void Adam()
    {
        Kernels.Operations.Adam.Step(device, new()
        {
            Parameters = memory.Parameters,
            Gradients = memory.Gradient,
            FirstMoments = memory.FirstMoments,
            SecondMoments = memory.SecondMoments,
            Factors = Kernels.Operations.Adam.StepFactors.Of(0.001, 0.9, 0.999, 1e-8, 1),
            Count = inputs.Layout.Length,
        });
        device.Synchronize();
    }

    public void TrainingStep()
    {
        engine.TrainStep(inputs.Batch);
        engine.TakeTrainingTotals();
    }

    public void Dispose()
    {
        embedded.Dispose();
        tokens.Dispose();
        memory.Dispose();
        engine.Dispose();
        device.Dispose();
    }

    private void Forward() => LstmSequence.Forward(device, new()
    {
        Table = memory.Table,
        Slots = memory.Slots,
        Lengths = memory.Lengths,
        RecurrentWeights = Parameter(inputs.Layout.RecurrentWeights),
        Gates = memory.Gates,
        CellStates = memory.CellStates,
        HiddenStates = memory.HiddenStates,
        Rows = plan.Rows,
        Steps = plan.Steps,
        HiddenSize = model.HiddenSize,
    });

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceWorkspace.Part(memory.Parameters, tensor);
}
