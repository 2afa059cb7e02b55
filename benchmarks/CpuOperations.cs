using System.Runtime.InteropServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;

namespace GpuLstm.Benchmarks;

/// <summary>The CPU engine's parts.</summary>
internal sealed class CpuOperations : IOperations
{
    private readonly ModelOptions model;
    private readonly Inputs inputs;
    private readonly WorkerPool pool = new(Environment.ProcessorCount);
    private readonly CpuBatch batch;
    private readonly ICpuNetwork network;
    private static readonly HyperparameterValues AdamValues = new OptimizerOptions().Values;

    private readonly CpuEngine engine;
    private readonly ICpuOptimizer optimizer;
    private readonly IEngineBatches batches;
    private readonly float[] lastHidden;
    private readonly float[] embedded;
    private readonly float[] gates;

    public CpuOperations(ModelOptions model, Inputs inputs)
    {
        this.model = model;
        this.inputs = inputs;
        var limits = new EngineLimits(Setting.Rows, Setting.Steps);
        engine = new CpuEngine(model, new OptimizerOptions(), limits);
        engine.SetParameters(inputs.Parameters);
        batches = engine.Load(inputs.Batch);
        network = engine.CreateNetwork(limits, pool);
        optimizer = engine.CreateOptimizer(pool);
        batch = network.CreateBatch();
        batch.Prepare(inputs.Batch, model.Lengths);
        lastHidden = new float[Setting.Rows * model.HiddenSize];
        embedded = new float[Setting.Rows * Setting.Steps * model.EmbeddingSize];
        gates = new float[Setting.Rows * 4 * model.HiddenSize];
    }

    public void EmbeddingLookup()
    {
        var embedding = inputs.Layout.Embedding.In(inputs.Parameters);
        for (var p = 0; p < inputs.Batch.Tokens.Length; p++)
        {
            embedding.Slice(inputs.Batch.Tokens[p] * model.EmbeddingSize, model.EmbeddingSize)
                .CopyTo(embedded.AsSpan(p * model.EmbeddingSize));
        }
    }

    public void GateTable() => network.GateTable(batch);

    public void Gates()
    {
        Array.Clear(gates);
        foreach (ref var unit in MemoryMarshal.Cast<float, UnitGates>(gates.AsSpan()))
            LstmCell.Forward(ref unit, 0.5f, out _, out _);
    }

    public void SequenceForward() => network.Sequence(batch, keep: false, lastHidden);

    public void SequenceForwardBackward()
    {
        network.Sequence(batch, keep: true, lastHidden);
        network.Backward(batch, lastHidden);
    }

    public void Adam() => optimizer.Step(new OptimizerStep(0.001, Number: 1, AdamValues), inputs.Layout.Length);

    public void TrainingStep() => engine.TrainStep(batches, 0);

    public void Dispose()
    {
        batches.Dispose();
        engine.Dispose();
        pool.Dispose();
    }
}
