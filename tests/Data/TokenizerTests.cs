using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TokenizerTests
{
    [Theory]
    [InlineData("love the price")]
    [InlineData(" love the price ")]
    [InlineData("love  the\t\tprice")]
    [InlineData("love\nthe\r\nprice\r")]
    [InlineData("love\u00A0the\u3000price\u0085\u2028")]
    public void White_space_of_any_kind_parts_words(string text) =>
        Assert.Equal(["love", "the", "price"], Tokenizer.Split(text, TokenKind.Word));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\r\n\t\u00A0")]
    public void A_blank_text_has_no_words(string text)
    {
        Assert.Empty(Tokenizer.Split(text, TokenKind.Word));
        Assert.Equal(text.Length, Tokenizer.Split(text, TokenKind.Character).Count);
    }

    [Fact]
    public void What_is_no_white_space_stays_in_its_word() =>
        Assert.Equal(["\uFEFFWhat?!", "e\u0301\u200B👩‍👧"], Tokenizer.Split("\uFEFFWhat?! e\u0301\u200B👩‍👧", TokenKind.Word));

    [Fact]
    public void Characters_are_code_points_as_they_stand() =>
        Assert.Equal(
            [" ", "🎮", "\r", "\n", "\u00A0", "\uFFFD", "e", "\u0301"],
            Tokenizer.Split(" 🎮\r\n\u00A0\uD800e\u0301", TokenKind.Character));
}
