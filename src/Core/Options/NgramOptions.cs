using GpuLstm.Data;

namespace GpuLstm.Options;

/// <summary>
/// Embeddings of character n-grams: the mean of those of a token's n-grams, rows of a table [R, D] which a hash finds
/// (<see cref="TokenNgrams"/>), as in fastText. N-grams that meet in a row share it.
/// </summary>
/// <param name="Rows">Rows of the table R.</param>
/// <param name="Size">Width of a row D.</param>
/// <param name="Join">What becomes of the mean.</param>
/// <param name="Tokens">The rows that each token of the vocabulary has.</param>
public sealed record NgramOptions(int Rows, int Size, FeatureJoin Join, TokenNgrams Tokens)
{
    /// <summary>The most rows.</summary>
    public const int MaxRows = 1 << 24;

    /// <summary>The longest n-gram, in characters.</summary>
    public const int MaxLength = 32;
}
