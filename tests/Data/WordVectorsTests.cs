using System.IO.Compression;
using System.Text;
using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class WordVectorsTests : IDisposable
{
    private const int Size = 2;
    private static readonly Vocabulary Words = Vocabulary.FromTexts(["Game great great Unheard GREAT"], TokenKind.Word);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("great 1 2\ngame 3 -4\n")]
    [InlineData("great 1 2\r\ngame 3 -4")]
    [InlineData("2 2\ngreat 1 2 \ngame 3 -4 \n")] // fastText's
    [InlineData("\uFEFFgreat 1 2\n. . . 7 7\ngame 3.0e0 -4\n")] // a word with spaces, as GloVe has
    public void Tokens_have_the_vectors_of_their_words_or_of_the_lower_case(string text)
    {
        var vectors = WordVectors.Read(Written(text), Words, Size);
        Assert.Equal((Size, 3, 4), (vectors.Size, vectors.Found, vectors.Tokens));
        AssertEmbedding(vectors, [9, 9, 3, -4, 1, 2, 9, 9, 1, 2, 9, 9]); // padding, Game, great, Unheard, GREAT, <UNK>
    }

    /// <summary>Wherever in the file it is.</summary>
    [Theory]
    [InlineData("GREAT 5 6\ngreat 1 2\n")]
    [InlineData("great 1 2\nGREAT 5 6\n")]
    public void A_tokens_own_word_comes_before_its_lower_case(string text) =>
        AssertEmbedding(WordVectors.Read(Written(text), Words, Size), [9, 9, 9, 9, 1, 2, 9, 9, 5, 6, 9, 9]);

    [Fact]
    public void A_packed_file_is_unpacked()
    {
        using (var packed = new GZipStream(File.Create(folder["v.gz"]), CompressionLevel.Fastest))
            packed.Write("great 1 2\n"u8);
        Assert.Equal(2, WordVectors.Read(folder["v.gz"], Words, Size).Found);
    }

    [Fact]
    public void How_far_it_is_is_told()
    {
        var shares = new List<double>();
        var text = string.Concat(Enumerable.Range(0, 5000).Select(n => $"word{n} 1 2\n"));
        WordVectors.Read(Written(text), Words, Size, new Told(shares.Add));
        Assert.NotEmpty(shares);
        Assert.Equal(shares.Order(), shares);
        Assert.All(shares, share => Assert.InRange(share, 0.01, 1));
    }

    [Theory]
    [InlineData("", "line 1 is no word with numbers behind it")]
    [InlineData("great\n", "line 1 is no word with numbers behind it")]
    [InlineData("a text, not vectors\n", "line 1 is no word with numbers behind it")]
    [InlineData("the 0 0\ngreat 1\n", "line 2 is no word with 2 numbers behind it")]
    [InlineData("the 0 0\ngreat 1 x\n", "line 2 is no word with 2 numbers behind it")]
    [InlineData("the 0 0\ngreat 1 1e99\n", "line 2 is no word with 2 numbers behind it")]
    [InlineData("the 0 0\n\n", "line 2 is no word with 2 numbers behind it")]
    [InlineData("great 1 2 3\n", "EmbeddingSize 2 does not fit Vectors of 3 numbers; give 3")]
    public void What_is_no_vector_is_refused(string text, string message) => Assert.Contains(
        message, Assert.Throws<UserErrorException>(() => WordVectors.Read(Written(text), Words, Size)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_told() => Assert.Contains(
        "there is no file", Assert.Throws<UserErrorException>(() => WordVectors.SizeOf(folder["none"])).Message,
        StringComparison.Ordinal);

    private static void AssertEmbedding(WordVectors vectors, float[] expected)
    {
        float[] embedding = [.. Enumerable.Repeat(9f, Size * Words.EmbeddingRows)];
        vectors.CopyTo(embedding);
        Assert.Equal(expected, embedding);
    }

    private sealed class Told(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }

    private string Written(string text)
    {
        File.WriteAllText(folder["v.txt"], text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return folder["v.txt"];
    }
}
