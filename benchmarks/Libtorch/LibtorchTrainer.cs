using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Tests.Libtorch;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuLstm.Benchmarks.Libtorch;

/// <summary>libtorch at the same work: forward, backward and Adam on a batch that lies ready as tensors.</summary>
internal sealed class LibtorchTrainer : IDisposable
{
    private readonly LibtorchClassifier classifier;
    private readonly LibtorchOptimizer optimizer;
    private readonly LibtorchBatch batch;

    public LibtorchTrainer(ModelOptions model, OptimizerOptions adam, float[] parameters, TokenBatch batch)
    {
        classifier = new LibtorchClassifier(model, Array.ConvertAll(parameters, value => (double)value), ScalarType.Float32);
        optimizer = new LibtorchOptimizer(classifier, adam);
        this.batch = LibtorchClassifier.Encode(batch, ScalarType.Float32);
    }

    public void TrainStep()
    {
        using var scope = NewDisposeScope();
        Step();
    }

    public double TrainStepLoss()
    {
        using var scope = NewDisposeScope();
        return Step().ToDouble();
    }

    public void Evaluate()
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        classifier.forward(batch.Tokens, batch.Lengths);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        classifier.Dispose();
    }

    private Tensor Step()
    {
        optimizer.ZeroGradient();
        var loss = LibtorchClassifier.Loss(classifier.forward(batch.Tokens, batch.Lengths).Logits, batch);
        loss.backward();
        optimizer.Step();
        return loss;
    }
}
