using System.Text;
using CsCheck;
using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class VocabularyTests
{
    private static readonly Gen<string> Texts = Gen.String[Gen.Char["abß 日\"\n"], 1, 30].Select(text => text + "🎮");

    [Fact]
    public void Numbers_characters_in_order_of_appearance_behind_padding()
    {
        var vocabulary = Vocabulary.FromTexts(["ab", "🎮a"], TokenKind.Character);
        Assert.Equal(["a", "b", " ", "🎮", "<UNK>"], vocabulary.Tokens);
        Assert.Equal([4, 1, 5, 3], vocabulary.Encode("🎮ax "));
        Assert.Equal((5, 6, 5), (vocabulary.Size, vocabulary.EmbeddingRows, vocabulary.UnknownIndex));
    }

    [Fact]
    public void Numbers_words_in_order_of_appearance()
    {
        var vocabulary = Vocabulary.FromTexts(["to be", "or  not\nto be", "not not"], TokenKind.Word);
        Assert.Equal(["to", "be", "or", "not", "<UNK>"], vocabulary.Tokens); // however frequent
        Assert.Equal("to be or not", vocabulary.Decode(vocabulary.Encode(" to be\u00A0or\r\n not ")));
    }

    [Theory]
    [InlineData(1, "b a c")]
    [InlineData(2, "b a")]
    [InlineData(3, "b")]
    public void Rare_tokens_are_unknown(int minCount, string known)
    {
        var vocabulary = Vocabulary.FromTexts(["b a", "c b", "a b"], TokenKind.Word, minCount);
        Assert.Equal([.. known.Split(' '), "<UNK>"], vocabulary.Tokens);
        Assert.Equal(minCount == 1 ? 3 : vocabulary.UnknownIndex, vocabulary.Encode("c")[0]);
    }

    [Fact]
    public void Spaces_between_texts_count_as_characters()
    {
        Assert.Equal([" ", "<UNK>"], Vocabulary.FromTexts(["a", "b", "c"], TokenKind.Character, minCount: 2).Tokens);
        Assert.Equal(
            "the vocabulary is empty: no token occurs 3 times in the training texts; use a smaller MinCount, or more data",
            Assert.Throws<UserErrorException>(
                () => Vocabulary.FromTexts(["a", "b", "c"], TokenKind.Character, minCount: 3)).Message);
    }

    [Fact]
    public void A_text_that_says_unk_is_unknown()
    {
        var vocabulary = Vocabulary.FromTexts(["a <UNK> b"], TokenKind.Word);
        Assert.Equal([1, 3, 2], vocabulary.Encode("a <UNK> b"));
    }

    [Theory]
    [InlineData(TokenKind.Character)]
    [InlineData(TokenKind.Word)]
    public void Decodes_what_it_encoded_and_survives_a_file(TokenKind kind) => Texts.List[1, 10].Sample(texts =>
    {
        var vocabulary = Vocabulary.FromTexts(texts, kind);
        var loaded = Vocabulary.Parse(vocabulary.ToJson(), "vocabulary.json");
        Assert.Equal(vocabulary.Tokens, loaded.Tokens);
        Assert.All(texts, text => Assert.Equal(Tokenizer.Split(text, kind), loaded.Encode(text).Select(loaded.Token)));
        Assert.All(texts, text => Assert.DoesNotContain(loaded.UnknownIndex, loaded.Encode(text)));
    }, iter: 100);

    [Fact]
    public void Refuses_to_be_empty() => Assert.Contains(
        "vocabulary is empty",
        Assert.Throws<UserErrorException>(() => Vocabulary.FromTexts([""], TokenKind.Word)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Texts_that_are_null_are_refused()
    {
        Assert.Throws<ArgumentNullException>("texts", () => Vocabulary.FromTexts(null!, TokenKind.Word));
        Assert.Throws<ArgumentException>("texts", () => Vocabulary.FromTexts(["a", null!], TokenKind.Word));
        Assert.Throws<ArgumentNullException>("text", () => Vocabulary.FromTexts(["a"], TokenKind.Word).Encode(null!));
    }

    [Theory]
    [InlineData("not json", "line 1 is not a vocabulary")]
    [InlineData("""{"kind": "word"}""", "is not a vocabulary")]
    [InlineData("""{"kind": "syllable", "tokens": ["a", "<UNK>"]}""", "is not a vocabulary")]
    [InlineData("""{"kind": "word", "tokens": ["a", "a", "<UNK>"]}""", "its tokens must differ")]
    [InlineData("""{"kind": "word", "tokens": ["a", "b"]}""", "<UNK> must be the last")]
    public void Refuses_files_that_are_none(string content, string message)
    {
        var error = Assert.Throws<UserErrorException>(
            () => Vocabulary.Parse(Encoding.UTF8.GetBytes(content), "folder/vocabulary.json"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("'folder/vocabulary.json'", error.Message, StringComparison.Ordinal);
    }
}
