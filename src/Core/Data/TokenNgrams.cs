using System.Text;

namespace GpuLstm.Data;

/// <summary>
/// The character n-grams of each token of a vocabulary, as rows of a table: of each token ascending, and each row once, however
/// many of its n-grams have it. Padding and <c>&lt;UNK&gt;</c> have none.
/// </summary>
/// <remarks>
/// As in fastText (Bojanowski and others 2017) a token's n-grams are those of the token between <c>&lt;</c> and <c>&gt;</c>, so
/// that a prefix differs from what stands inside; a character is a code point of Unicode.
/// </remarks>
public sealed class TokenNgrams
{
    private readonly int[] starts; // [V + 1]
    private readonly int[] rows;
    private readonly long[] mostOf; // rows of the one token that has most, of the two that have most, ...

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
        (DistinctRows, LastRow) = (rows.Distinct().Count(), rows.Length == 0 ? -1 : rows.Max());
        mostOf = [.. Enumerable.Range(0, Count).Select(token => (long)RowsOf(token).Length).OrderDescending()];
        for (var n = 1; n < mostOf.Length; n++)
            mostOf[n] += mostOf[n - 1];
    }

    /// <summary>V, the tokens.</summary>
    public int Count => starts.Length - 1;

    /// <summary>Where each token's part of <see cref="Rows"/> begins, and where the last ends [V + 1].</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <summary>The rows of all tokens, one behind the other.</summary>
    public ReadOnlySpan<int> Rows => rows;

    /// <summary>How many rows some token has.</summary>
    public int DistinctRows { get; }

    /// <summary>The last of them; -1 where no token has any.</summary>
    public int LastRow { get; }

    /// <summary>The most different rows that so many positions can have.</summary>
    public int MostRowsOf(int positions) =>
        positions == 0 ? 0 : (int)Math.Min(DistinctRows, mostOf[Math.Min(positions, Count) - 1]);

    /// <summary>Those of the words of a vocabulary.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="minLength">Characters of the shortest n-grams, 1 at least.</param>
    /// <param name="maxLength">Characters of the longest ones.</param>
    /// <param name="rows">Rows of the table.</param>
    public static TokenNgrams Of(Vocabulary vocabulary, int minLength, int maxLength, int rows) => new(
        Enumerable.Range(0, vocabulary.EmbeddingRows).Select(
            token => token == 0 || token == vocabulary.UnknownIndex
                ? []
                : RowsOf(vocabulary.Token(token), minLength, maxLength, rows)));

    /// <summary>Of so many tokens that have none.</summary>
    public static TokenNgrams None(int tokens) => new(Enumerable.Repeat<IEnumerable<int>>([], tokens));

    /// <summary>What each of a token's rows is of their mean: 1 / their number; 0 without any [V].</summary>
    public float[] Shares() =>
        [.. Enumerable.Range(0, Count).Select(token => RowsOf(token).Length is > 0 and var count ? 1f / count : 0)];

    /// <summary>The rows of a token.</summary>
    public ReadOnlySpan<int> RowsOf(int token) => rows.AsSpan(starts[token]..starts[token + 1]);

    /// <summary>
    /// The rows of a word's n-grams, by a hash of their code points: its parts of so many characters, but for <c>&lt;</c> and
    /// <c>&gt;</c> alone.
    /// </summary>
    internal static IEnumerable<int> RowsOf(string word, int minLength, int maxLength, int rows)
    {
        Rune[] characters = [.. $"<{word}>".EnumerateRunes()];
        for (var first = 0; first < characters.Length; first++)
        {
            var hash = 0UL;
            for (var length = 1; length <= maxLength && first + length <= characters.Length; length++)
            {
                hash = PairHash.Mix(hash ^ (uint)characters[first + length - 1].Value);
                var isBracket = length == 1 && (first == 0 || first == characters.Length - 1);
                if (length >= minLength && !isBracket)
                    yield return PairHash.RowOf(hash, rows);
            }
        }
    }
}
