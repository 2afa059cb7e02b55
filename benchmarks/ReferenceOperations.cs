using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Reference;

namespace GpuLstm.Benchmarks;

/// <summary>The references in double: what readable code costs.</summary>
internal sealed class ReferenceOperations : IOperations
{
    private readonly ModelOptions model;
    private readonly Inputs inputs;
    private readonly double[] parameters;
    private readonly double[] gradient;
    private readonly ReferenceOptimizer adam;
    private readonly ReferenceClassifier classifier;
    private readonly double[] gates;
    private readonly double[] cell;

    public ReferenceOperations(ModelOptions model, Inputs inputs)
    {
        this.model = model;
        this.inputs = inputs;
        parameters = Array.ConvertAll(inputs.Parameters, value => (double)value);
        gradient = (double[])parameters.Clone();
        adam = new ReferenceOptimizer(inputs.Layout, new OptimizerOptions());
        classifier = new ReferenceClassifier(model, parameters);
        gates = new double[Setting.Rows * 4 * model.HiddenSize];
        cell = new double[Setting.Rows * model.HiddenSize];
    }

    public void EmbeddingLookup() => Kernels.TestKernels.EmbeddingLookup.Reference.Forward(
        inputs.Layout.Embedding.In(parameters).ToArray(), inputs.Batch.Tokens, model.EmbeddingSize);

    public void GateTable() => Kernels.Operations.GateTable.Reference.Forward(
        inputs.Layout.Embedding.In(parameters).ToArray(), inputs.Layout.Lstm[0].InputWeights.In(parameters).ToArray(),
        inputs.Layout.Lstm[0].InputBias.In(parameters).ToArray(), inputs.Layout.Lstm[0].RecurrentBias.In(parameters).ToArray(),
        [.. Enumerable.Range(0, model.VocabularySize)]);

    public void Gates() => LstmCell.Reference.Forward(gates, cell);

    public void SequenceForward() => classifier.Forward(inputs.Batch);

    public void SequenceForwardBackward() => classifier.Backward(inputs.Batch, classifier.Forward(inputs.Batch));

    public void Adam() => adam.Step(parameters, gradient, []);

    public void TrainingStep() => adam.Step(
        parameters, classifier.Backward(inputs.Batch, classifier.Forward(inputs.Batch)), []);

    public void Dispose()
    {
        // Nothing but managed memory.
    }
}
