using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>What the forward pass of a batch gives.</summary>
/// <param name="Loss">Mean loss of the batch, in nats.</param>
/// <param name="Logits">[B, L].</param>
/// <param name="Probabilities">[B, C].</param>
/// <param name="Rows">Of each row, of each direction of each LSTM layer, the steps in the order in which it ran them.</param>
public sealed record ReferenceForward(
    double Loss, double[] Logits, double[] Probabilities, IReadOnlyList<IReadOnlyList<IReadOnlyList<LstmStep>>> Rows);

/// <summary>
/// The whole classifier in double: embeddings → LSTM layers → readout → linear → cross-entropy, and the gradient of
/// every parameter by backpropagation through time. Plain, slow and trusted.
/// </summary>
/// <remarks>
/// With <see cref="TextLengths.Padded"/> every row runs all T steps, padding included, and padding's embedding row learns
/// like any other. With <see cref="TextLengths.Real"/> a row runs its real tokens only; one without any has h = 0.
/// </remarks>
/// <param name="options">The model's shape.</param>
/// <param name="parameters">All parameters, flat in <see cref="ParameterLayout"/>'s order.</param>
/// <param name="optimizer">What is minimised; null for the plain cross-entropy.</param>
/// <param name="dropout">What is dropped, in a training step; null: nothing.</param>
public sealed class ReferenceClassifier(
    ModelOptions options, double[] parameters, OptimizerOptions? optimizer = null, DropoutStep? dropout = null)
{
    private const double Rounding = 1e-10; // of hidden states that have come to rest
    private readonly ParameterLayout layout = new(options);
    private readonly int logitCount = options.Classes == 2 ? 1 : options.Classes;
    private readonly ReferenceLoss rowLoss = new(
        optimizer?.ClassWeights ?? [.. Enumerable.Repeat(1.0, options.Classes)], optimizer?.LabelSmoothing ?? 0);

    /// <summary>Runs a batch forward.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="firstRow">The number of its first row in the batch that dropout is drawn for.</param>
    public ReferenceForward Forward(TokenBatch batch, int firstRow = 0)
    {
        var (lstm, readout) = (new ReferenceLstmStack(options, layout, parameters), CreateReadout());
        var inputs = new ReferenceInputs(options, layout, parameters);
        var rows = new List<IReadOnlyList<IReadOnlyList<LstmStep>>>();
        var (logits, loss, weight) = (new double[batch.Rows * logitCount], 0.0, WeightOf(batch));
        var (weights, bias) = (layout.HeadWeights.In(parameters).ToArray(), layout.HeadBias.In(parameters).ToArray());
        for (var b = 0; b < batch.Rows; b++)
        {
            var dropped = new ReferenceDropout(dropout, firstRow + b);
            rows.Add(lstm.Forward(inputs.Forward(Tokens(batch, b), dropped), dropped));
            var hidden = dropped.Head(readout.Forward(lstm.LastLayer(rows[b])));
            for (var c = 0; c < logitCount; c++)
            {
                logits[b * logitCount + c] = bias[c];
                for (var k = 0; k < hidden.Length; k++)
                    logits[b * logitCount + c] += weights[c * hidden.Length + k] * hidden[k];
            }

            loss += rowLoss.Of(RowOf(logits, b), batch.Labels[b]) / weight;
        }

        return new ReferenceForward(
            loss, logits, [.. Enumerable.Range(0, batch.Rows).SelectMany(b => ReferenceLoss.Probabilities(RowOf(logits, b)))],
            rows);
    }

    /// <summary>
    /// The step of each row's largest value of each hidden unit of the last layer; empty where the head does not read it.
    /// </summary>
    public int[] MaxSteps(ReferenceForward forward)
    {
        if (options.Readout is not (Readout.Max or Readout.MeanMax))
            return [];
        var lstm = new ReferenceLstmStack(options, layout, parameters);
        return
        [
            .. from row in forward.Rows
               let states = lstm.LastLayer(row)
               where states.Count > 0
               from column in Enumerable.Range(0, options.Features)
               select ReferenceReadout.MaxStep(states, column),
        ];
    }

    /// <summary>Whether the same steps have the largest values, or others that are as large but for rounding.</summary>
    /// <param name="forward">What <see cref="Forward"/> gave.</param>
    /// <param name="maxSteps">From <see cref="MaxSteps"/>, of the same rows.</param>
    public bool HasMaximaAt(ReferenceForward forward, int[] maxSteps)
    {
        var (lstm, next) = (new ReferenceLstmStack(options, layout, parameters), 0);
        return maxSteps.Length == 0
            || forward.Rows.Select(lstm.LastLayer).Where(states => states.Count > 0).All(
                states => Enumerable.Range(0, options.Features).All(
                    column => states.Max(state => state[column]) - states[maxSteps[next++]][column] < Rounding));
    }

    /// <summary>The weight of each step of each row, with <see cref="Readout.Attention"/>.</summary>
    public IReadOnlyList<double[]> AttentionWeights(ReferenceForward forward)
    {
        var (lstm, readout) = (new ReferenceLstmStack(options, layout, parameters), CreateReadout());
        return [.. forward.Rows.Select(row => readout.AttentionWeights(lstm.LastLayer(row)))];
    }

    /// <summary>How many rows of a batch are classified right.</summary>
    public int Correct(TokenBatch batch, ReferenceForward forward) =>
        batch.Labels.Where((label, b) => ReferenceLoss.Answer(RowOf(forward.Logits, b)) == label).Count();

    /// <summary>The rows that a batch reads of each of <see cref="ParameterLayout.RowTables"/>, each once.</summary>
    public IReadOnlyList<IReadOnlyCollection<int>> RowsRead(TokenBatch batch)
    {
        var inputs = new ReferenceInputs(options, layout, parameters);
        int[][] texts = [.. Enumerable.Range(0, batch.Rows).Select(b => Tokens(batch, b))];
        return [.. layout.RowTables.Select(table => texts.SelectMany(text => inputs.RowsRead(table, text)).ToHashSet())];
    }

    /// <summary>The sum of the rows' class weights.</summary>
    public double WeightOf(TokenBatch batch) => batch.Labels.Sum(rowLoss.WeightOf);

    /// <summary>The gradient of the batch's mean loss.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="forward">What <see cref="Forward"/> gave.</param>
    /// <param name="firstRow">As in <see cref="Forward"/>.</param>
    /// <returns>Flat, in the parameters' order.</returns>
    public double[] Backward(TokenBatch batch, ReferenceForward forward, int firstRow = 0)
    {
        var gradient = new double[layout.Length];
        var (weights, batchWeight) = (layout.HeadWeights.In(parameters).ToArray(), WeightOf(batch));
        var weightGradient = new double[weights.Length];
        var (lstm, readout) = (new ReferenceLstmStack(options, layout, parameters), CreateReadout());
        var inputs = new ReferenceInputs(options, layout, parameters);
        for (var b = 0; b < batch.Rows; b++)
        {
            var dropped = new ReferenceDropout(dropout, firstRow + b);
            var states = lstm.LastLayer(forward.Rows[b]);
            var hidden = dropped.Head(readout.Forward(states));
            var hiddenGradient = new double[hidden.Length];
            var slope = rowLoss.Slope(RowOf(forward.Logits, b), batch.Labels[b]);
            for (var c = 0; c < logitCount; c++)
            {
                var logitGradient = slope[c] / batchWeight;
                gradient[layout.HeadBias.Offset + c] += logitGradient;
                for (var k = 0; k < hidden.Length; k++)
                {
                    weightGradient[c * hidden.Length + k] += logitGradient * hidden[k];
                    hiddenGradient[k] += logitGradient * weights[c * hidden.Length + k];
                }
            }

            var inputGradients = lstm.Backward(
                forward.Rows[b], readout.Backward(states, dropped.Head(hiddenGradient)), dropped);
            inputs.Backward(Tokens(batch, b), inputGradients, dropped, gradient);
        }

        weightGradient.CopyTo(layout.HeadWeights.In(gradient));
        if (layout.AttentionWeights is { } attention)
            readout.AttentionGradient.CopyTo(attention.In(gradient));
        lstm.CopyGradientsTo(gradient);
        if (optimizer?.FreezeEmbedding == true)
            layout.Embedding.In(gradient).Clear();
        return gradient;
    }

    private ReferenceReadout CreateReadout() => new(options, layout.AttentionWeights?.In(parameters).ToArray() ?? []);

    private double[] RowOf(double[] logits, int row) => logits[(row * logitCount)..((row + 1) * logitCount)];

    private int[] Tokens(TokenBatch batch, int row)
    {
        var steps = options.Lengths == TextLengths.Padded ? batch.Steps : batch.Lengths[row];
        return [.. batch.Tokens.Skip(row * batch.Steps).Take(steps)];
    }
}
