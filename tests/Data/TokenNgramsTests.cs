using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TokenNgramsTests
{
    /// <summary>The example of Bojanowski and others 2017: the trigrams of <c>where</c>.</summary>
    [Fact]
    public void A_words_trigrams_are_those_of_fastText() =>
        Assert.Equal(["<wh", "whe", "her", "ere", "re>"], TokenNgrams.Ngrams("where", 3, 3));

    [Theory]
    [InlineData("a", 3, 6, "<a>")]
    [InlineData("a", 4, 6, "")]
    [InlineData("ab", 1, 2, "<a a ab b b>")]
    [InlineData("é😡", 2, 3, "<é <é😡 é😡 é😡> 😡>")]
    public void Ngrams_are_of_code_points_between_brackets(string word, int min, int max, string expected) =>
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            TokenNgrams.Ngrams(word, min, max).Order(StringComparer.Ordinal));

    [Fact]
    public void Tokens_have_rows_in_ascending_order_and_padding_and_unknown_ones_none()
    {
        var vocabulary = Vocabulary.FromTexts(["where there banana"], TokenKind.Word);
        var ngrams = TokenNgrams.Of(vocabulary, 3, 6, 50);
        Assert.Equal(vocabulary.EmbeddingRows, ngrams.Count);
        Assert.Equal(0, ngrams.RowsOf(0).Length);
        Assert.Equal(0, ngrams.RowsOf(vocabulary.UnknownIndex).Length);
        for (var token = 1; token < vocabulary.UnknownIndex; token++)
        {
            var rows = TokenNgrams.Ngrams(vocabulary.Token(token), 3, 6).Select(ngram => TokenNgrams.RowOf(ngram, 50));
            int[] expected = [.. rows.Distinct().Order()];
            Assert.Equal(expected, ngrams.RowsOf(token).ToArray());
            Assert.All(expected, row => Assert.InRange(row, 0, 49));
        }

        Assert.Equal(ngrams.Rows.ToArray().Distinct().Count(), ngrams.DistinctRows);
        Assert.Equal(Enumerable.Range(0, ngrams.Count).Max(token => ngrams.RowsOf(token).Length), ngrams.MaxRowsOfToken);
    }

    [Fact]
    public void Rows_spread_and_the_order_of_characters_counts()
    {
        const int Rows = 1 << 17, Ngrams = 20_000;
        var used = Enumerable.Range(0, Ngrams).Select(n => TokenNgrams.RowOf($"x{n:x}", Rows)).Distinct().Count();
        Assert.Equal(1, used / (Rows * (1 - Math.Exp(-(double)Ngrams / Rows))), 0.01);
        Assert.NotEqual(TokenNgrams.RowOf("abc", Rows), TokenNgrams.RowOf("acb", Rows));
    }
}
