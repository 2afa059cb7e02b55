using GpuLstm.Data;

namespace GpuLstm.Options;

/// <summary>
/// Embeddings of character n-grams, much as in fastText: the mean of the rows of a table [R, D] that a hash finds for a token's
/// n-grams, each row once (<see cref="TokenNgrams"/>). N-grams that meet in a row share it.
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

    /// <summary>Rejects lists of other tokens, or of another table.</summary>
    /// <param name="vocabularySize">Tokens V of the model.</param>
    /// <exception cref="ArgumentException">There are not V tokens, or a row is not of the table.</exception>
    internal void RequireOf(int vocabularySize)
    {
        if (Tokens.Count != vocabularySize || Tokens.LastRow >= Rows)
        {
            throw new ArgumentException(
                $"n-grams of {Tokens.Count} tokens and rows up to {Tokens.LastRow}, of a model of {vocabularySize} tokens and "
                + $"{Rows} rows",
                nameof(vocabularySize));
        }
    }
}
