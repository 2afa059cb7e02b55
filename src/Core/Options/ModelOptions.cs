using GpuLstm.Kernels.Operations;

namespace GpuLstm.Options;

/// <summary>
/// What fixes the shape of a model: embedding [V, E], LSTM layers of H hidden units in one direction or two, linear for C
/// classes.
/// </summary>
/// <param name="VocabularySize">V, the rows of the embedding: padding (row 0), the tokens and <c>&lt;UNK&gt;</c>.</param>
/// <param name="EmbeddingSize">E, the width of an embedding row.</param>
/// <param name="HiddenSize">H, the number of hidden units.</param>
/// <param name="MaxLength">T, the steps a text is padded or cut to.</param>
/// <param name="Lengths">How many steps a text runs.</param>
public sealed record ModelOptions(int VocabularySize, int EmbeddingSize, int HiddenSize, int MaxLength, TextLengths Lengths)
{
    /// <summary>What the head reads of the hidden states.</summary>
    public Readout Readout { get; init; } = Readout.Last;

    /// <summary>Embeddings of pairs beside those of tokens; null: none.</summary>
    public PairOptions? Pairs { get; init; }

    /// <summary>Embeddings of the tokens' character n-grams; null: none.</summary>
    public NgramOptions? Ngrams { get; init; }

    /// <summary>Whether a token has more than its own embedding.</summary>
    public bool HasFeatures => Pairs is not null || Ngrams is not null;

    /// <summary>
    /// What the first layer reads at a step: E, or more where other features stand behind the token's: first that of n-grams,
    /// then that of pairs.
    /// </summary>
    public int InputSize => TokenSize + (Pairs is { Join: FeatureJoin.Append } ? Pairs.Size : 0);

    /// <summary>What of it depends on the token alone, its first columns: its embedding and that of its n-grams.</summary>
    public int TokenSize => EmbeddingSize + (Ngrams is { Join: FeatureJoin.Append } ? Ngrams.Size : 0);

    /// <summary>The first column of the n-grams' embedding: E, or 0 where it is added to the token's.</summary>
    public int NgramColumn => Ngrams is { Join: FeatureJoin.Append } ? EmbeddingSize : 0;

    /// <summary>The first column of the pairs' embedding: behind the others, or 0 where it is added to the token's.</summary>
    public int PairColumn => Pairs is { Join: FeatureJoin.Append } ? TokenSize : 0;

    /// <summary>LSTM layers, each on the hidden states of the one below.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether each layer also runs from a text's end to its beginning.</summary>
    public bool IsBidirectional { get; init; }

    /// <summary>Directions of a layer D: 1 or 2.</summary>
    public int Directions => IsBidirectional ? 2 : 1;

    /// <summary>The hidden states of all directions at a step, D H: what the next layer reads, and the head.</summary>
    public int Features => Directions * HiddenSize;

    /// <summary>The numbers of a row that the head reads R: D H, or of two readouts side by side twice as many.</summary>
    public int HeadInputs => Readout == Readout.MeanMax ? 2 * Features : Features;

    /// <summary>Whether the head reads all steps of the last layer rather than the last one.</summary>
    public bool IsPooled => Readout != Readout.Last;

    /// <summary>How many classes C there are.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>What makes probabilities of the logits.</summary>
    public Loss Loss => Loss.For(Classes);

    /// <summary>The logits of a row L: one for two classes.</summary>
    public int Logits => Loss.LogitsOf(Classes);
}
