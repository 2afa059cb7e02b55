using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Reference;

namespace GpuLstm.Verification.Models;

/// <summary>What the reference network in double says of a batch.</summary>
/// <param name="Loss">Mean loss of a row, in nats.</param>
/// <param name="Gradient">Of the mean loss, flat in the parameters' order.</param>
/// <param name="GradientTerms">
/// The sum of the rows' contributions to <paramref name="Gradient"/> by magnitude: what the rounding error of a gradient grows
/// with, also where the contributions of rows of opposite labels cancel.
/// </param>
internal sealed record ModelReference(double Loss, double[] Gradient, double[] GradientTerms)
{
    /// <summary>Forward and backward, row by row.</summary>
    public static ModelReference Of(ModelOptions options, OptimizerOptions optimizer, double[] parameters, TokenBatch batch)
    {
        var classifier = new ReferenceClassifier(options, parameters, optimizer, optimizer.Dropout.StepOf(1));
        var batchWeight = classifier.WeightOf(batch);
        var loss = 0.0;
        var (gradient, terms) = (new double[parameters.Length], new double[parameters.Length]);
        for (var row = 0; row < batch.Rows; row++)
        {
            var alone = new TokenBatch(
                batch.Tokens[(row * batch.Steps)..((row + 1) * batch.Steps)], [batch.Lengths[row]], [batch.Labels[row]], 1,
                batch.Steps);
            var forward = classifier.Forward(alone, row);
            var contribution = classifier.Backward(alone, forward, row);
            var share = classifier.WeightOf(alone) / batchWeight;
            loss += share * forward.Loss;
            for (var n = 0; n < gradient.Length; n++)
            {
                gradient[n] += share * contribution[n];
                terms[n] += share * Math.Abs(contribution[n]);
            }
        }

        return new ModelReference(loss, gradient, terms);
    }
}
