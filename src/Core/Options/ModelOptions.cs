using GpuLstm.Kernels.Operations;

namespace GpuLstm.Options;

/// <summary>
/// What fixes the shape of a model: embedding [V, E], one LSTM layer of H hidden units, linear [L, H] for C classes.
/// </summary>
/// <param name="VocabularySize">V, the rows of the embedding: padding (row 0), the tokens and <c>&lt;UNK&gt;</c>.</param>
/// <param name="EmbeddingSize">E, the width of an embedding row.</param>
/// <param name="HiddenSize">H, the number of hidden units.</param>
/// <param name="MaxLength">T, the steps a text is padded or cut to.</param>
/// <param name="Lengths">How many steps a text runs.</param>
public sealed record ModelOptions(int VocabularySize, int EmbeddingSize, int HiddenSize, int MaxLength, TextLengths Lengths)
{
    /// <summary>Which hidden states the head reads.</summary>
    public Readout Readout { get; init; } = Readout.Last;

    /// <summary>How many classes C there are.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>What makes probabilities of the logits.</summary>
    public Loss Loss => Loss.For(Classes);

    /// <summary>The logits of a row L: one for two classes.</summary>
    public int Logits => Loss.LogitsOf(Classes);
}
