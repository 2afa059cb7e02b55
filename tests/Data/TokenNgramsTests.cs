using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TokenNgramsTests
{
    private const int Rows = 1 << 20; // in which the few n-grams here do not meet

    /// <summary>The first is the example of Bojanowski and others 2017: the trigrams of <c>where</c>.</summary>
    [Theory]
    [InlineData("where", 3, 3, "<wh whe her ere re>")]
    [InlineData("a", 3, 6, "<a>")]
    [InlineData("a", 4, 6, "")]
    [InlineData("ab", 1, 2, "<a a ab b b>")]
    [InlineData("é😡", 2, 3, "<é <é😡 é😡 é😡> 😡>")]
    public void Ngrams_are_of_code_points_between_brackets(string word, int min, int max, string ngrams)
    {
        var expected = ngrams.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(RowOf).ToArray();
        Assert.Equal(expected.Length, expected.Distinct().Count());
        Assert.Equal(expected.Order(), TokenNgrams.RowsOf(word, min, max, Rows).Order());
    }

    [Fact]
    public void Tokens_have_each_row_once_in_ascending_order_and_padding_and_unknown_ones_none()
    {
        var vocabulary = Vocabulary.FromTexts(["where there banana"], TokenKind.Word);
        var ngrams = TokenNgrams.Of(vocabulary, 3, 6, 50);
        Assert.Equal(vocabulary.EmbeddingRows, ngrams.Count);
        Assert.Equal(0, ngrams.RowsOf(0).Length);
        Assert.Equal(0, ngrams.RowsOf(vocabulary.UnknownIndex).Length);
        for (var token = 1; token < vocabulary.UnknownIndex; token++)
        {
            int[] expected = [.. TokenNgrams.RowsOf(vocabulary.Token(token), 3, 6, 50).Distinct().Order()];
            Assert.Equal(expected, ngrams.RowsOf(token).ToArray());
            Assert.All(expected, row => Assert.InRange(row, 0, 49));
        }

        int[] all = [.. ngrams.Rows.ToArray().Distinct()];
        Assert.Equal((all.Length, all.Max()), (ngrams.DistinctRows, ngrams.LastRow));
    }

    [Fact]
    public void The_most_rows_are_those_of_the_tokens_that_have_most()
    {
        var ngrams = new TokenNgrams([[], [1, 2, 3], [3], [4, 5]]);
        Assert.Equal([0, 3, 5, 5, 5, 5], Enumerable.Range(0, 6).Select(ngrams.MostRowsOf)); // of 6, two tokens share one
        Assert.Equal((0, -1), (TokenNgrams.None(3).MostRowsOf(2), TokenNgrams.None(3).LastRow));
    }

    [Fact]
    public void Rows_spread_and_the_order_of_characters_counts()
    {
        const int Table = 1 << 17, Ngrams = 20_000;
        var rows = Enumerable.Range(0, Ngrams).Select(n => TokenNgrams.RowsOf($"x{n:x5}", 8, 8, Table).Single());
        var used = rows.Distinct().Count();
        Assert.Equal(1, used / (Table * (1 - Math.Exp(-(double)Ngrams / Table))), 0.01);
        Assert.NotEqual(RowOf("abc"), RowOf("acb"));
    }

    // Each code point is mixed into what was before.
    private static int RowOf(string ngram) => PairHash.RowOf(
        ngram.EnumerateRunes().Aggregate(0UL, (hash, rune) => PairHash.Mix(hash ^ (uint)rune.Value)), Rows);
}
