using GpuLstm.Engines;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;

namespace GpuLstm.Benchmarks;

/// <summary>The CPU engine's parts.</summary>
internal sealed class CpuOperations : IOperations
{
    private readonly ModelOptions model;
    private readonly Inputs inputs;
    private readonly BatchPlan plan;
    private readonly CpuLstmLayer layer;
    private readonly CpuEngine engine;
    private readonly float[] gradient;
    private readonly float[] firstMoments;
    private readonly float[] secondMoments;
    private readonly float[] lastHidden;
    private readonly float[] embedded;
    private readonly float[] gates;

    public CpuOperations(ModelOptions model, Inputs inputs)
    {
        this.model = model;
        this.inputs = inputs;
        var limits = new EngineLimits(Setting.Rows, Setting.Steps);
        plan = new BatchPlan(model.VocabularySize, Setting.Rows, Setting.Steps);
        plan.Prepare(inputs.Batch, model.Readout);
        layer = new CpuLstmLayer(model, inputs.Layout, limits, plan.MaxSlots, Environment.ProcessorCount);
        engine = new CpuEngine(model, new AdamOptions(), limits);
        engine.SetParameters(inputs.Parameters);
        gradient = new float[inputs.Layout.Length];
        firstMoments = new float[inputs.Layout.Length];
        secondMoments = new float[inputs.Layout.Length];
        lastHidden = new float[Setting.Rows * model.HiddenSize];
        embedded = new float[Setting.Rows * Setting.Steps * model.EmbeddingSize];
        gates = new float[Setting.Rows * 4 * model.HiddenSize];
    }

    public void EmbeddingLookup()
    {
        var embedding = inputs.Layout.Embedding.In(inputs.Parameters);
        for (var p = 0; p < inputs.Batch.Tokens.Length; p++)
            embedding.Slice(inputs.Batch.Tokens[p] * model.EmbeddingSize, model.EmbeddingSize).CopyTo(embedded.AsSpan(p * model.EmbeddingSize));
    }

    public void GateTable() => layer.ComputeTable(inputs.Parameters, plan);

    public void Gates()
    {
        Array.Clear(gates);
        for (var index = 0; index < gates.Length; index += 4)
            LstmCell.Forward(ref gates[index], ref gates[index + 1], ref gates[index + 2], ref gates[index + 3], 0.5f, out _, out _);
    }

    public void SequenceForward() => layer.Forward(inputs.Parameters, plan, lastHidden);

    public void SequenceForwardBackward()
    {
        layer.Forward(inputs.Parameters, plan, lastHidden);
        Array.Clear(gradient);
        layer.Backward(inputs.Parameters, plan, lastHidden, gradient);
    }

    public void Adam() => CpuAdam.Step(
        inputs.Parameters, gradient, firstMoments, secondMoments, Kernels.Operations.Adam.StepFactors.Of(0.001, 0.9, 0.999, 1e-8, 1));

    public void TrainingStep() => engine.TrainStep(inputs.Batch);

    public void Dispose() => engine.Dispose();
}
