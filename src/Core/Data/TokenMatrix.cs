using System.Globalization;

namespace GpuLstm.Data;

/// <summary>Rows of tokens with their labels, each cut to a number of steps. Padding is not kept: a batch has it.</summary>
public sealed record TokenMatrix
{
    private readonly EncodedTexts texts;
    private readonly int[]? rows; // of the texts, where the matrix has not all of them in their order

    /// <param name="tokens">Token indices [N, T], row-major; what is behind a row's length is not read.</param>
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

        CheckLabels(labels, lengths.Length, "rows");
        (texts, Lengths, Labels, Steps) = (EncodedTexts.OfPadded(tokens, lengths, steps), lengths, labels, steps);
    }

    private TokenMatrix(TokenMatrix source, int[][] tokens)
    {
        (texts, Lengths, Labels, Steps) = (new EncodedTexts(tokens, source.Lengths), source.Lengths, source.Labels, source.Steps);
        CutRows = source.CutRows;
    }

    private TokenMatrix(EncodedTexts texts, int[]? rows, int[] labels, int steps)
    {
        (this.texts, this.rows, Labels, Steps) = (texts, rows, labels, steps);
        Lengths = new int[labels.Length];
        for (var row = 0; row < Lengths.Length; row++)
        {
            var length = texts.TokensOf(TextOf(row)).Length;
            Lengths[row] = Math.Min(steps, length);
            CutRows += length > steps ? 1 : 0;
        }
    }

    /// <summary>Real tokens of each row [N], 0 to T.</summary>
    public int[] Lengths { get; }

    /// <summary>The class of each row, from 0 [N].</summary>
    public int[] Labels { get; }

    /// <summary>Steps T.</summary>
    public int Steps { get; }

    /// <summary>Rows of the data set N.</summary>
    public int Rows => Lengths.Length;

    /// <summary>Rows whose text had more than T tokens: what follows in them was left out.</summary>
    public int CutRows { get; }

    /// <summary>Encodes texts and cuts them to <paramref name="steps"/> tokens.</summary>
    /// <exception cref="ArgumentException">
    /// A text is null, a label is below 0, or there are not as many labels as texts.
    /// </exception>
    public static TokenMatrix Encode(IReadOnlyList<string> texts, int[] labels, Vocabulary vocabulary, int steps)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(vocabulary);
        CheckLabels(labels, texts.Count, "texts");
        int[][] encoded =
        [
            .. texts.Select(
                (text, row) => vocabulary.Encode(text ?? throw new ArgumentException($"text {row} is null", nameof(texts)))),
        ];
        return new TokenMatrix(new EncodedTexts(encoded, [.. encoded.Select(text => text.Length)]), rows: null, labels, steps);
    }

    /// <summary>Some rows of texts whose tokens are numbered as in a vocabulary.</summary>
    internal static TokenMatrix Of(EncodedTexts texts, int[] labels, int[] rows, int steps) =>
        new(texts, rows, [.. rows.Select(row => labels[row])], steps);

    /// <summary>The same rows with other tokens.</summary>
    /// <param name="change">Given the number of a row and its tokens, changes them; on several threads.</param>
    internal TokenMatrix WithTokens(Action<int, Span<int>> change)
    {
        var tokens = new int[Rows][];
        Parallel.For(0, Rows, row =>
        {
            tokens[row] = TokensOf(row).ToArray();
            change(row, tokens[row]);
        });
        return new TokenMatrix(this, tokens);
    }

    /// <summary>The real tokens of a row.</summary>
    public ReadOnlySpan<int> TokensOf(int row) => texts.TokensOf(TextOf(row))[..Lengths[row]];

    /// <summary>Makes a batch of so many rows, to be filled by <see cref="GatherBatch"/>.</summary>
    public TokenBatch CreateBatch(int rows) => new(new int[rows * Steps], new int[rows], new int[rows], rows, Steps);

    /// <summary>Copies some rows into a batch of as many, padded behind with 0.</summary>
    public void GatherBatch(ReadOnlySpan<int> rows, TokenBatch batch)
    {
        if (batch.Rows != rows.Length)
            throw new ArgumentException($"a batch of {batch.Rows} rows cannot hold {rows.Length}", nameof(batch));
        for (var b = 0; b < rows.Length; b++)
        {
            var tokens = TokensOf(rows[b]);
            var padded = batch.Tokens.AsSpan(b * Steps, Steps);
            tokens.CopyTo(padded);
            padded[tokens.Length..].Clear();
            batch.Lengths[b] = tokens.Length;
            batch.Labels[b] = Labels[rows[b]];
        }
    }

    private int TextOf(int row) => rows is null ? row : rows[row];

    private static void CheckLabels(int[] labels, int count, string what)
    {
        if (labels.Length != count)
            throw new ArgumentException($"{labels.Length} labels for {count} {what}", nameof(labels));
        if (labels.AsSpan().IndexOfAnyExceptInRange(0, int.MaxValue) is >= 0 and var unknown)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"the label of row {unknown} is {labels[unknown]}, below 0"),
                nameof(labels));
        }
    }
}
