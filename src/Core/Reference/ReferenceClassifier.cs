using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>What the forward pass of a batch gives.</summary>
/// <param name="Loss">Mean binary cross-entropy of the batch, in nats.</param>
/// <param name="Logits">[B].</param>
/// <param name="Probabilities">Of label 1 [B].</param>
/// <param name="Rows">The LSTM's steps of each row, as many as ran.</param>
public sealed record ReferenceForward(
    double Loss, double[] Logits, double[] Probabilities, IReadOnlyList<IReadOnlyList<LstmStep>> Rows);

/// <summary>
/// The whole classifier in double: embedding → LSTM → the last hidden state → linear → sigmoid, binary cross-entropy, and
/// the gradient of every parameter by backpropagation through time. Plain, slow and trusted.
/// </summary>
/// <remarks>
/// With <see cref="TextLengths.Padded"/> every row runs all T steps, padding included, and padding's embedding row learns
/// like any other. With <see cref="TextLengths.Real"/> a row runs its real tokens only; one without any has h = 0.
/// </remarks>
/// <param name="options">The model's shape.</param>
/// <param name="parameters">All parameters, flat in <see cref="ParameterLayout"/>'s order.</param>
public sealed class ReferenceClassifier(ModelOptions options, double[] parameters)
{
    private readonly ParameterLayout layout = new(options);

    /// <summary>Runs a batch forward.</summary>
    public ReferenceForward Forward(TokenBatch batch)
    {
        var lstm = CreateLstm();
        var rows = new List<IReadOnlyList<LstmStep>>();
        var (logits, loss) = (new double[batch.Rows], 0.0);
        var weights = layout.HeadWeights.In(parameters);
        var bias = parameters[layout.HeadBias.Offset];
        for (var b = 0; b < batch.Rows; b++)
        {
            rows.Add(lstm.Forward(Tokens(batch, b).Select(EmbeddingRow)));
            var hidden = LastHidden(rows[b]);
            logits[b] = bias;
            for (var k = 0; k < hidden.Length; k++)
                logits[b] += weights[k] * hidden[k];
            loss += Activations.CrossEntropy(logits[b], batch.Labels[b]) / batch.Rows;
        }

        return new ReferenceForward(loss, logits, Array.ConvertAll(logits, Activations.Sigmoid), rows);
    }

    /// <summary>The gradient of the batch's mean loss.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="forward">What <see cref="Forward"/> gave.</param>
    /// <returns>Flat, in the parameters' order.</returns>
    public double[] Backward(TokenBatch batch, ReferenceForward forward)
    {
        var gradient = new double[layout.Length];
        var (weights, weightGradient) = (layout.HeadWeights.In(parameters).ToArray(), new double[options.HiddenSize]);
        var lstm = CreateLstm();
        for (var b = 0; b < batch.Rows; b++)
        {
            var logitGradient = Activations.CrossEntropySlope(forward.Logits[b], batch.Labels[b]) / batch.Rows;
            gradient[layout.HeadBias.Offset] += logitGradient;
            var hidden = LastHidden(forward.Rows[b]);
            for (var k = 0; k < hidden.Length; k++)
                weightGradient[k] += logitGradient * hidden[k];

            var inputGradients = lstm.Backward(forward.Rows[b], Array.ConvertAll(weights, weight => logitGradient * weight));
            foreach (var (token, inputGradient) in Tokens(batch, b).Zip(inputGradients))
            {
                for (var e = 0; e < options.EmbeddingSize; e++)
                    gradient[layout.Embedding.Offset + token * options.EmbeddingSize + e] += inputGradient[e];
            }
        }

        weightGradient.CopyTo(layout.HeadWeights.In(gradient));
        lstm.InputWeightGradient.CopyTo(layout.InputWeights.In(gradient));
        lstm.RecurrentWeightGradient.CopyTo(layout.RecurrentWeights.In(gradient));
        lstm.BiasGradient.CopyTo(layout.InputBias.In(gradient));
        lstm.BiasGradient.CopyTo(layout.RecurrentBias.In(gradient));
        return gradient;
    }

    private ReferenceLstm CreateLstm() => new(
        options.EmbeddingSize,
        options.HiddenSize,
        layout.InputWeights.In(parameters).ToArray(),
        layout.RecurrentWeights.In(parameters).ToArray(),
        layout.InputBias.In(parameters).ToArray(),
        layout.RecurrentBias.In(parameters).ToArray());

    private IEnumerable<int> Tokens(TokenBatch batch, int row)
    {
        var steps = options.Lengths == TextLengths.Padded ? batch.Steps : batch.Lengths[row];
        return batch.Tokens.Skip(row * batch.Steps).Take(steps);
    }

    private double[] EmbeddingRow(int token) =>
        layout.Embedding.In(parameters).Slice(token * options.EmbeddingSize, options.EmbeddingSize).ToArray();

    private double[] LastHidden(IReadOnlyList<LstmStep> steps) =>
        steps.Count > 0 ? steps[^1].Hidden : new double[options.HiddenSize];
}
