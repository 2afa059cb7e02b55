using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>
/// What the first layer reads of a text: the embedding of each token, the mean of those of its character n-grams, and that of its
/// pair with the token before.
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
            var input = new double[options.InputSize];
            Add(dropout.Embedding(tokens[t], RowOf(layout.Embedding, tokens[t])), input, 0);
            if (options.Ngrams is not null)
                Add(dropout.Ngrams(tokens[t], MeanOfNgrams(tokens[t])), input, options.NgramColumn);
            if (options.Pairs is not null)
            {
                var pair = PairRow(tokens, t);
                Add(dropout.Pair(pair, RowOf(layout.Pairs!, pair)), input, options.PairColumn);
            }

            inputs.Add(input);
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
            AddToRow(layout.Embedding, tokens[t], dropout.Embedding(tokens[t], Part(t, 0, options.EmbeddingSize)), gradient);
            if (options.Ngrams is { } ngrams)
            {
                var rows = ngrams.Tokens.RowsOf(tokens[t]);
                var ofMean = dropout.Ngrams(tokens[t], Part(t, options.NgramColumn, ngrams.Size));
                foreach (var row in rows)
                    AddToRow(layout.Ngrams!, row, Divide(ofMean, rows.Length), gradient);
            }

            if (options.Pairs is { } pairs)
            {
                var pair = PairRow(tokens, t);
                AddToRow(layout.Pairs!, pair, dropout.Pair(pair, Part(t, options.PairColumn, pairs.Size)), gradient);
            }
        }

        double[] Part(int t, int column, int size) => gradients[t][column..(column + size)];
    }

    /// <summary>The rows of one of <see cref="ParameterLayout.RowTables"/> that a text reads.</summary>
    public IEnumerable<int> RowsRead(ParameterTensor table, int[] tokens) =>
        table == layout.Pairs
            ? Enumerable.Range(0, tokens.Length).Select(t => PairRow(tokens, t))
            : tokens.SelectMany(token => options.Ngrams!.Tokens.RowsOf(token).ToArray());

    private int PairRow(int[] tokens, int t) =>
        PairHash.RowOf(t == 0 ? 0 : tokens[t - 1], tokens[t], options.Pairs!.Rows);

    private double[] MeanOfNgrams(int token)
    {
        var mean = new double[options.Ngrams!.Size];
        var rows = options.Ngrams.Tokens.RowsOf(token);
        foreach (var row in rows)
            Add(RowOf(layout.Ngrams!, row), mean, 0);
        return rows.Length == 0 ? mean : Divide(mean, rows.Length);
    }

    private double[] RowOf(ParameterTensor table, int row) =>
        table.In(parameters).Slice(row * table.Shape[1], table.Shape[1]).ToArray();

    private static void AddToRow(ParameterTensor table, int row, double[] values, double[] gradient) =>
        Add(values, gradient, table.Offset + row * table.Shape[1]);

    private static void Add(double[] values, double[] sums, int first)
    {
        for (var column = 0; column < values.Length; column++)
            sums[first + column] += values[column];
    }

    private static double[] Divide(double[] values, double divisor) => Array.ConvertAll(values, value => value / divisor);
}
