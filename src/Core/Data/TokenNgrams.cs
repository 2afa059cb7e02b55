namespace GpuLstm.Data;

/// <summary>
/// The character n-grams of each token of a vocabulary, as rows of a table: of each token ascending, and each row once. Padding
/// and <c>&lt;UNK&gt;</c> have none.
/// </summary>
/// <remarks>
/// As in fastText (Bojanowski and others 2017) a token's n-grams are those of the token between <c>&lt;</c> and <c>&gt;</c>, so
/// that a prefix differs from what stands inside; a character is a code point of Unicode.
/// </remarks>
public sealed class TokenNgrams
{
    private readonly int[] starts; // [V + 1]
    private readonly int[] rows;

    /// <param name="rowsOfTokens">Of each token, padding included; some may come twice.</param>
    public TokenNgrams(IEnumerable<IEnumerable<int>> rowsOfTokens)
    {
        ArgumentNullException.ThrowIfNull(rowsOfTokens);
        var (allStarts, allRows) = (new List<int> { 0 }, new List<int>());
        foreach (var ofToken in rowsOfTokens)
        {
            allRows.AddRange(ofToken.Distinct().Order());
            allStarts.Add(allRows.Count);
        }

        (starts, rows) = ([.. allStarts], [.. allRows]);
        DistinctRows = rows.Distinct().Count();
        MaxRowsOfToken = Enumerable.Range(0, Count).Max(token => RowsOf(token).Length);
    }

    /// <summary>V, the tokens.</summary>
    public int Count => starts.Length - 1;

    /// <summary>Where each token's part of <see cref="Rows"/> begins, and where the last ends [V + 1].</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <summary>The rows of all tokens, one behind the other.</summary>
    public ReadOnlySpan<int> Rows => rows;

    /// <summary>How many rows some token has.</summary>
    public int DistinctRows { get; }

    /// <summary>The most rows of a token.</summary>
    public int MaxRowsOfToken { get; }

    /// <summary>Those of the words of a vocabulary.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="minLength">Characters of the shortest n-grams, 1 at least.</param>
    /// <param name="maxLength">Characters of the longest ones.</param>
    /// <param name="rows">Rows of the table.</param>
    public static TokenNgrams Of(Vocabulary vocabulary, int minLength, int maxLength, int rows) => new(
        Enumerable.Range(0, vocabulary.EmbeddingRows).Select(
            token => token == 0 || token == vocabulary.UnknownIndex
                ? []
                : Ngrams(vocabulary.Token(token), minLength, maxLength).Select(ngram => RowOf(ngram, rows))));

    /// <summary>Of so many tokens that have none.</summary>
    public static TokenNgrams None(int tokens) => new(Enumerable.Repeat<IEnumerable<int>>([], tokens));

    /// <summary>The rows of a token.</summary>
    public ReadOnlySpan<int> RowsOf(int token) => rows.AsSpan(starts[token]..starts[token + 1]);

    /// <summary>The n-grams of a word: its parts of so many characters; not <c>&lt;</c> or <c>&gt;</c> alone.</summary>
    internal static IEnumerable<string> Ngrams(string word, int minLength, int maxLength)
    {
        string[] characters = [.. $"<{word}>".EnumerateRunes().Select(rune => rune.ToString())];
        for (var first = 0; first < characters.Length; first++)
        {
            for (var length = minLength; length <= maxLength && first + length <= characters.Length; length++)
            {
                if (length > 1 || (first > 0 && first < characters.Length - 1))
                    yield return string.Concat(characters[first..(first + length)]);
            }
        }
    }

    /// <summary>The row of an n-gram, by a hash of its code points.</summary>
    /// <returns>From 0 to below <paramref name="rows"/>.</returns>
    internal static int RowOf(string ngram, int rows)
    {
        var hash = 0UL;
        foreach (var rune in ngram.EnumerateRunes())
            hash = PairHash.Mix(hash ^ (uint)rune.Value);
        return PairHash.RowOf(hash, rows);
    }
}
