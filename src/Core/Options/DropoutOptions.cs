using GpuLstm.Kernels.Operations;

namespace GpuLstm.Options;

/// <summary>
/// What share of a model is dropped in each training step, and at no other time: see <see cref="Dropout"/>.
/// </summary>
public sealed record DropoutOptions
{
    /// <summary>Nothing.</summary>
    public static DropoutOptions None { get; } = new();

    /// <summary>
    /// Of the elements of the embedding, and of those of pairs and n-grams: the same ones wherever a token, or a pair, stands in
    /// a batch.
    /// </summary>
    public double Embedding { get; init; }

    /// <summary>Of the hidden states of each layer on their way to the layer above.</summary>
    public double Layers { get; init; }

    /// <summary>
    /// Of the hidden units of each direction of each layer: a dropped one is 0 in all steps of its row, for the next step and for
    /// all that read the layer (variational dropout, Gal and Ghahramani 2016).
    /// </summary>
    public double Recurrent { get; init; }

    /// <summary>Of what the head reads.</summary>
    public double Head { get; init; }

    /// <summary>Seeds what is drawn.</summary>
    public uint Seed { get; init; }

    /// <summary>What is dropped in a training step; null: nothing.</summary>
    /// <param name="number">The step, from 1.</param>
    public DropoutStep? StepOf(int number) =>
        Embedding == 0 && Layers == 0 && Recurrent == 0 && Head == 0 ? null : new DropoutStep(this, number);
}

/// <summary>What is dropped in a training step.</summary>
/// <param name="Rates">The shares.</param>
/// <param name="Number">The step, from 1.</param>
public readonly record struct DropoutStep(DropoutOptions Rates, int Number)
{
    /// <summary>The factors at a place; null: nothing is dropped there.</summary>
    /// <param name="place">The place.</param>
    /// <param name="number">Which layer, or which direction of all layers.</param>
    public DropoutMask? MaskOf(DropoutPlace place, int number = 0)
    {
        var rate = place switch
        {
            DropoutPlace.Embedding or DropoutPlace.Pairs or DropoutPlace.Ngrams => Rates.Embedding,
            DropoutPlace.Layer => Rates.Layers,
            DropoutPlace.Recurrent => Rates.Recurrent,
            DropoutPlace.Head => Rates.Head,
            _ => throw new ArgumentOutOfRangeException(nameof(place)),
        };
        return rate > 0 ? new DropoutMask(rate, Rates.Seed, place, number, Number) : null;
    }
}
