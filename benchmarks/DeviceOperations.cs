using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Device;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Kernels.TestKernels;
using GpuLstm.Options;
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
    private static readonly HyperparameterValues AdamValues = new OptimizerOptions().Values;

    private readonly DeviceBatches batches;
    private readonly DeviceBatch batch;
    private readonly IEngineBatches engineBatches;
    private readonly DeviceForwardBuffers activations;
    private readonly DeviceTrainingBuffers memory;
    private readonly LaunchGraphs<SequenceKey> graphs;
    private readonly DeviceForward forward;
    private readonly DeviceStep step;
    private readonly DeviceBatchIndex batchIndex;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> embedded;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> cellStates; // [B, H]
    private readonly MemoryBuffer1D<int, Stride1D.Dense> tokens;

    public DeviceOperations(AcceleratorKind kind, ModelOptions model, Inputs inputs)
    {
        this.model = model;
        this.inputs = inputs;
        var limits = new EngineLimits(Setting.Rows, Setting.Steps);
        device = DeviceCatalog.Open(kind);
        var rows = new TokenMatrix(inputs.Batch.Tokens, inputs.Batch.Lengths, inputs.Batch.Labels, inputs.Batch.Steps);
        batches = new DeviceBatches(device, rows, Setting.Rows, model);
        batch = new DeviceBatch(batches, 0);
        var kernels = KernelChoice.For(device, model, limits.MaxRows, Precision.Full);
        var adam = new OptimizerOptions();
        memory = new DeviceTrainingBuffers(device, inputs.Layout, model, adam, limits, kernels, maxTotals: 1);
        activations = new DeviceForwardBuffers(device, model, limits, kernels, trains: true, adam.Dropout);
        batchIndex = DeviceBatchIndex.OfTokens(device, model, limits);
        graphs = new LaunchGraphs<SequenceKey>(device);
        forward = new DeviceForward(
            device, memory.Parameters, activations, batchIndex, inputs.Layout, model, kernels, graphs, features: null);
        step = new DeviceStep(
            device, forward, activations, memory, batchIndex, inputs.Layout, model, adam, kernels, graphs, features: null);
        batchIndex.Prepare(batch);
        memory.HeadInputGradient.MemSetToZero(device.Stream);
        memory.Gradient.MemSetToZero(device.Stream);
        foreach (var (_, buffer) in memory.State)
            buffer.MemSetToZero(device.Stream);
        memory.Parameters.CopyFromCPU(device.Stream, inputs.Parameters);
        activations.Sequences[0].Gates.MemSetToZero(device.Stream);
        activations.Sequences[0].CellStates.MemSetToZero(device.Stream);
        tokens = device.Allocate<int>(inputs.Batch.Tokens.Length);
        tokens.View.CopyFromCPU(device.Stream, inputs.Batch.Tokens);
        embedded = device.Allocate<float>(inputs.Batch.Tokens.Length * model.EmbeddingSize);
        cellStates = device.Allocate<float>(Setting.Rows * model.HiddenSize);
        device.Synchronize();
        engine = new DeviceEngine(DeviceCatalog.Open(kind), model, adam, limits);
        engine.SetParameters(inputs.Parameters);
        engineBatches = engine.Load(rows, Setting.Rows);
    }

    public void EmbeddingLookup()
    {
        Kernels.TestKernels.EmbeddingLookup.Forward(device, new()
        {
            Table = DeviceBuffers.Part(memory.Parameters, inputs.Layout.Embedding),
            Rows = tokens.View,
            Output = embedded.View,
            Positions = inputs.Batch.Tokens.Length,
            Columns = model.EmbeddingSize,
        });
        device.Synchronize();
    }

    public void GateTable()
    {
        forward.ComputeGateTable(batch);
        device.Synchronize();
    }

    public void Gates()
    {
        GateMath.Forward(device, new()
        {
            Gates = activations.Sequences[0].Gates,
            PreviousCellState = activations.Sequences[0].CellStates,
            CellState = cellStates.View,
            HiddenState = activations.Sequences[0].HiddenStates,
            Rows = batch.Rows,
            HiddenSize = model.HiddenSize,
        });
        device.Synchronize();
    }

    public void SequenceForward()
    {
        forward.RunSequence(batch);
        device.Synchronize();
    }

    public void SequenceForwardBackward()
    {
        forward.RunSequence(batch);
        step.SequenceBackward(batch);
        device.Synchronize();
    }

    public void Adam()
    {
        step.Update(new OptimizerStep(0.001, Number: 1, AdamValues));
        device.Synchronize();
    }

    public void TrainingStep()
    {
        engine.TrainStep(engineBatches, 0);
        engine.TakeTrainingTotals();
    }

    public void Dispose()
    {
        cellStates.Dispose();
        embedded.Dispose();
        tokens.Dispose();
        batches.Dispose();
        graphs.Dispose();
        batchIndex.Dispose();
        activations.Dispose();
        memory.Dispose();
        engineBatches.Dispose();
        engine.Dispose();
        device.Dispose();
    }
}
