using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>
/// What the first layer reads of a text: the embedding of each token, and that of its pair with the one before.
/// </summary>
/// <param name="options">The model's shape.</param>
/// <param name="layout">Where its parameters are.</param>
/// <param name="parameters">All parameters, flat.</param>
internal sealed class ReferenceInputs(ModelOptions options, ParameterLayout layout, double[] parameters)
{
    /// <summary>x of each step [<see cref="ModelOptions.InputSize"/>].</summary>
    /// <param name="tokens">Of each step.</param>
    /// <param name="dropout">What is dropped.</param>
    public IReadOnlyList<double[]> Forward(int[] tokens, ReferenceDropout dropout)
    {
        var inputs = new List<double[]>();
        for (var t = 0; t < tokens.Length; t++)
        {
            var own = dropout.Embedding(tokens[t], RowOf(layout.Embedding, tokens[t]));
            if (options.Pairs is null)
            {
                inputs.Add(own);
                continue;
            }

            var pair = PairRow(tokens, t);
            var other = dropout.Pair(pair, RowOf(layout.Pairs!, pair));
            inputs.Add(
                options.Pairs.Join == FeatureJoin.Sum ? [.. own.Zip(other, (one, two) => one + two)] : [.. own, .. other]);
        }

        return inputs;
    }

    /// <summary>Adds to the gradients of the embeddings.</summary>
    /// <param name="tokens">Of each step.</param>
    /// <param name="gradients">Of each step's x.</param>
    /// <param name="dropout">As in <see cref="Forward"/>.</param>
    /// <param name="gradient">Of all parameters, flat.</param>
    public void Backward(int[] tokens, IReadOnlyList<double[]> gradients, ReferenceDropout dropout, double[] gradient)
    {
        for (var t = 0; t < tokens.Length; t++)
        {
            Add(layout.Embedding, tokens[t], dropout.Embedding(tokens[t], gradients[t][..options.EmbeddingSize]), gradient);
            if (options.Pairs is null)
                continue;
            var pair = PairRow(tokens, t);
            Add(layout.Pairs!, pair, dropout.Pair(pair, gradients[t][^options.Pairs.Size..]), gradient);
        }
    }

    /// <summary>The rows of the pairs' table that a text reads.</summary>
    public IEnumerable<int> PairRows(int[] tokens) =>
        options.Pairs is null ? [] : Enumerable.Range(0, tokens.Length).Select(t => PairRow(tokens, t));

    private int PairRow(int[] tokens, int t) =>
        PairHash.RowOf(t == 0 ? 0 : tokens[t - 1], tokens[t], options.Pairs!.Rows);

    private double[] RowOf(ParameterTensor table, int row) =>
        table.In(parameters).Slice(row * table.Shape[1], table.Shape[1]).ToArray();

    private static void Add(ParameterTensor table, int row, double[] values, double[] gradient)
    {
        for (var column = 0; column < values.Length; column++)
            gradient[table.Offset + row * table.Shape[1] + column] += values[column];
    }
}
