namespace GpuLstm.Kernels.Operations;

/// <summary>Where in a model something is dropped: each place draws numbers of its own.</summary>
public enum DropoutPlace
{
    /// <summary>Tokens of a text, which become <c>&lt;UNK&gt;</c>.</summary>
    Tokens,

    /// <summary>Elements of the embedding rows.</summary>
    Embedding,

    /// <summary>The hidden states of a layer on their way to the layer above.</summary>
    Layer,

    /// <summary>Hidden units of a direction of a layer, for a whole row.</summary>
    Recurrent,

    /// <summary>What the head reads.</summary>
    Head,

    /// <summary>Elements of the embedding rows of pairs.</summary>
    Pairs,

    /// <summary>Elements of the means of the embedding rows of n-grams.</summary>
    Ngrams,
}
