using System.Globalization;

namespace GpuLstm.Data;

/// <summary>Encoded texts of one length, with their labels.</summary>
public sealed record TokenMatrix
{
    /// <param name="tokens">Token indices [N, T], row-major, padded behind with 0.</param>
    /// <param name="lengths">Real tokens of each row [N], 0 to T.</param>
    /// <param name="labels">The class of each row, from 0 [N].</param>
    /// <param name="steps">Steps T.</param>
    /// <exception cref="ArgumentException">The arrays are not of these shapes, or hold other lengths or labels.</exception>
    public TokenMatrix(int[] tokens, int[] lengths, int[] labels, int steps)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(lengths);
        ArgumentNullException.ThrowIfNull(labels);
        if (tokens.Length != (long)lengths.Length * steps)
            throw new ArgumentException($"{tokens.Length} tokens for {lengths.Length} rows of {steps}", nameof(tokens));
        if (lengths.AsSpan().IndexOfAnyExceptInRange(0, steps) is >= 0 and var tooLong)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture, $"row {tooLong} is said to have {lengths[tooLong]} of {steps} tokens"),
                nameof(lengths));
        }

        if (labels.Length != lengths.Length)
            throw new ArgumentException($"{labels.Length} labels for {lengths.Length} rows", nameof(labels));
        if (labels.AsSpan().IndexOfAnyExceptInRange(0, int.MaxValue) is >= 0 and var unknown)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"the label of row {unknown} is {labels[unknown]}, below 0"),
                nameof(labels));
        }

        (Tokens, Lengths, Labels, Steps) = (tokens, lengths, labels, steps);
    }

    /// <summary>Token indices [N, T], row-major, padded behind with 0.</summary>
    public int[] Tokens { get; }

    /// <summary>Real tokens of each row [N], 0 to T.</summary>
    public int[] Lengths { get; }

    /// <summary>The class of each row, from 0 [N].</summary>
    public int[] Labels { get; }

    /// <summary>Steps T.</summary>
    public int Steps { get; }

    /// <summary>Rows of the data set N.</summary>
    public int Rows => Lengths.Length;

    /// <summary>Rows whose text had more than T tokens: what follows in them was left out.</summary>
    public int CutRows { get; private init; }

    /// <summary>Encodes texts, pads them behind with 0 or cuts them to <paramref name="steps"/> tokens.</summary>
    /// <exception cref="ArgumentException">
    /// A text is null, a label is below 0, or there are not as many labels as texts.
    /// </exception>
    /// <exception cref="UserErrorException">All texts together hold more tokens than an array can.</exception>
    public static TokenMatrix Encode(IReadOnlyList<string> texts, int[] labels, Vocabulary vocabulary, int steps)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (labels.Length != texts.Count)
            throw new ArgumentException($"{labels.Length} labels for {texts.Count} texts", nameof(labels));
        if ((long)texts.Count * steps > Array.MaxLength)
        {
            throw new UserErrorException(
                $"{texts.Count:N0} texts of {steps:N0} tokens are too many for memory; use a smaller {Setting.MaxLength} or "
                + $"{Setting.Limit}");
        }

        var tokens = new int[texts.Count * steps];
        var lengths = new int[texts.Count];
        var cutRows = 0;
        for (var row = 0; row < texts.Count; row++)
        {
            var encoded = vocabulary.Encode(texts[row] ?? throw new ArgumentException($"text {row} is null", nameof(texts)));
            lengths[row] = Math.Min(steps, encoded.Length);
            cutRows += encoded.Length > steps ? 1 : 0;
            encoded.AsSpan(0, lengths[row]).CopyTo(tokens.AsSpan(row * steps));
        }

        return new TokenMatrix(tokens, lengths, labels, steps) { CutRows = cutRows };
    }

    /// <summary>Encodes some rows of a task.</summary>
    internal static TokenMatrix EncodeRows(IReadOnlyList<LabelledText> texts, int[] rows, Vocabulary vocabulary, int steps) =>
        Encode([.. rows.Select(row => texts[row].Text)], [.. rows.Select(row => texts[row].Label)], vocabulary, steps);

    /// <summary>Makes a batch of so many rows, to be filled by <see cref="GatherBatch"/>.</summary>
    public TokenBatch CreateBatch(int rows) => new(new int[rows * Steps], new int[rows], new int[rows], rows, Steps);

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
