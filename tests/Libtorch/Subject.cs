using GpuLstm.Engines.Contracts;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Reference;
using GpuLstm.Verification;
using TorchSharp;

namespace GpuLstm.Tests.Libtorch;

/// <summary>What one implementation makes of an oracle's inputs.</summary>
/// <param name="Logits">[B, L].</param>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Gradient">Flat.</param>
/// <param name="Parameters">After Adam's steps, flat.</param>
/// <param name="Hidden">
/// Hidden states of the last layer [B, T, D H], NaN behind a row's end; empty where the implementation does not show them.
/// </param>
internal sealed record Answer(double[] Logits, double Loss, double[] Gradient, double[] Parameters, double[] Hidden);

/// <summary>The implementations that are compared with libtorch in float64.</summary>
internal static class Subject
{
    /// <summary>The reference network, in double.</summary>
    public static Answer Reference(Oracle oracle, OptimizerOptions adam)
    {
        var batch = oracle.Batches[0];
        var classifier = new ReferenceClassifier(oracle.Model, oracle.Start);
        var forward = classifier.Forward(batch);
        var parameters = (double[])oracle.Start.Clone();
        var optimizer = new ReferenceOptimizer(new ParameterLayout(oracle.Model), adam);
        foreach (var training in oracle.TrainingBatches)
        {
            var trained = new ReferenceClassifier(oracle.Model, parameters, adam);
            optimizer.Step(
                parameters, trained.Backward(training, trained.Forward(training)), trained.RowsRead(training));
        }

        var features = oracle.Model.Features;
        var hidden = Enumerable.Repeat(double.NaN, batch.Rows * batch.Steps * features).ToArray();
        for (var b = 0; b < batch.Rows; b++)
        {
            foreach (var (direction, steps) in forward.Rows[b].TakeLast(oracle.Model.Directions).Index())
            {
                for (var n = 0; n < steps.Count; n++)
                {
                    var t = direction == 0 ? n : steps.Count - 1 - n;
                    steps[n].Hidden.CopyTo(
                        hidden, (b * batch.Steps + t) * features + direction * oracle.Model.HiddenSize);
                }
            }
        }

        return new Answer(forward.Logits, forward.Loss, classifier.Backward(batch, forward),
            adam.AverageDecay is null ? parameters : optimizer.Average, hidden);
    }

    /// <summary>libtorch itself in float32: what its users get.</summary>
    public static Answer LibtorchSingle(Oracle oracle, OptimizerOptions adam)
    {
        using var classifier = new LibtorchClassifier(oracle.Model, oracle.Start, torch.ScalarType.Float32);
        var result = classifier.Differentiate(oracle.Batches[0]);
        return new Answer(
            result.Logits, result.Loss, result.Gradient,
            LibtorchClassifier.Train(oracle.Model, oracle.Start, torch.ScalarType.Float32, oracle.TrainingBatches, adam),
            result.Hidden);
    }

    /// <summary>One of our engines.</summary>
    public static Answer Engine(Verifier device, Oracle oracle, OptimizerOptions adam, int adamSteps)
    {
        var batch = oracle.Batches[0];
        using var engine = device.CreateEngine(oracle.Model, adam, new EngineLimits(batch.Rows, batch.Steps));
        var parameters = Array.ConvertAll(oracle.Start, value => (float)value);
        var (logits, gradient) = (new float[batch.Rows * oracle.Model.Logits], new float[parameters.Length]);
        engine.SetParameters(parameters);
        engine.Evaluate(batch, logits);
        var totals = engine.ComputeGradient(batch, gradient);
        foreach (var training in oracle.TrainingBatches.Take(adamSteps))
            engine.TrainStep(training);
        var trained = engine.GetState().Model;
        return new Answer(ToDoubles(logits), totals.MeanLoss, ToDoubles(gradient), ToDoubles(trained), []);
    }

    private static double[] ToDoubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
