using GpuLstm.Kernels.Operations;
using GpuLstm.Options;

namespace GpuLstm.Reference;

/// <summary>Dropout of one row of a batch, element by element: see <see cref="DropoutMask"/>.</summary>
/// <param name="step">The training step; null: nothing is dropped.</param>
/// <param name="row">The row's number in the batch.</param>
internal sealed class ReferenceDropout(DropoutStep? step, int row)
{
    /// <summary>A token's embedding row [E], or its gradient: the same factors in every row of a batch.</summary>
    public double[] Embedding(int token, double[] values) => Multiply(DropoutPlace.Embedding, 0, token, 0, values);

    /// <summary>A row of the pairs' table [D], or its gradient, likewise.</summary>
    public double[] Pair(int pair, double[] values) => Multiply(DropoutPlace.Pairs, 0, pair, 0, values);

    /// <summary>The mean of the embeddings of a token's n-grams [D], or its gradient, likewise.</summary>
    public double[] Ngrams(int token, double[] values) => Multiply(DropoutPlace.Ngrams, 0, token, 0, values);

    /// <summary>A layer's hidden states at a step [D H], or their gradient.</summary>
    public double[] Layer(int layer, int time, double[] values) => Multiply(DropoutPlace.Layer, layer, row, time, values);

    /// <summary>What the hidden states of a direction of a layer are multiplied with in every step [H].</summary>
    /// <param name="number">Which direction of which layer.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    public double[] StateFactors(int number, int hiddenSize) =>
        Multiply(DropoutPlace.Recurrent, number, row, 0, [.. Enumerable.Repeat(1.0, hiddenSize)]);

    /// <summary>What the head reads [R], or its gradient.</summary>
    public double[] Head(double[] values) => Multiply(DropoutPlace.Head, 0, row, 0, values);

    private double[] Multiply(DropoutPlace place, int number, int maskRow, int time, double[] values) =>
        step?.MaskOf(place, number) is { } mask
            ? [.. values.Select((value, column) => value * mask.Factor(maskRow, time, column))]
            : values;
}
