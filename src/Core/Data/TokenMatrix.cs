namespace GpuLstm.Data;

/// <summary>Encoded texts of one length, with their labels.</summary>
/// <param name="Tokens">Token indices [N, T], row-major, padded behind with 0.</param>
/// <param name="Lengths">Real tokens of each row [N], 0 to T.</param>
/// <param name="Labels">0 or 1 for each row [N].</param>
/// <param name="Steps">T.</param>
public sealed record TokenMatrix(int[] Tokens, int[] Lengths, float[] Labels, int Steps)
{
    /// <summary>N.</summary>
    public int Rows => Lengths.Length;

    /// <summary>Encodes texts, pads them behind with 0 or cuts them to <paramref name="steps"/> tokens.</summary>
    /// <exception cref="UserErrorException">All texts together hold more tokens than an array can.</exception>
    public static TokenMatrix Encode(IReadOnlyList<string> texts, float[] labels, Vocabulary vocabulary, int steps)
    {
        if ((long)texts.Count * steps > Array.MaxLength)
            throw new UserErrorException($"{texts.Count:N0} texts of {steps:N0} tokens are too many for memory; use a smaller {Setting.MaxLength} or {Setting.Limit}");
        var tokens = new int[texts.Count * steps];
        var lengths = new int[texts.Count];
        for (var row = 0; row < texts.Count; row++)
        {
            var encoded = vocabulary.Encode(texts[row]);
            lengths[row] = Math.Min(steps, encoded.Length);
            encoded.AsSpan(0, lengths[row]).CopyTo(tokens.AsSpan(row * steps));
        }

        return new TokenMatrix(tokens, lengths, labels, steps);
    }

    /// <summary>Makes a batch of so many rows, to be filled by <see cref="GatherBatch"/>.</summary>
    public TokenBatch CreateBatch(int rows) => new(new int[rows * Steps], new int[rows], new float[rows], rows, Steps);

    /// <summary>Copies some rows into a batch of as many.</summary>
    public void GatherBatch(ReadOnlySpan<int> rows, TokenBatch batch)
    {
        if (batch.Rows != rows.Length)
            throw new ArgumentException($"a batch of {batch.Rows} rows cannot hold {rows.Length}", nameof(batch));
        for (var b = 0; b < rows.Length; b++)
        {
            // Only what is not padding comes from afar.
            batch.Lengths[b] = Lengths[rows[b]];
            Tokens.AsSpan(rows[b] * Steps, batch.Lengths[b]).CopyTo(batch.Tokens.AsSpan(b * Steps));
            batch.Tokens.AsSpan(b * Steps + batch.Lengths[b], Steps - batch.Lengths[b]).Clear();
            batch.Labels[b] = Labels[rows[b]];
        }
    }
}
