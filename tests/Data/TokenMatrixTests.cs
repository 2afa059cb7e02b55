using CsCheck;
using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TokenMatrixTests
{
    [Fact]
    public void Pads_behind_and_cuts() =>
        Gen.Select(Gen.String[Gen.Char['a', 'e'], 0, 20].Array[1, 9], Gen.Int[1, 15]).Sample((texts, steps) =>
    {
        var vocabulary = Vocabulary.FromTexts(["abcde"], TokenKind.Character);
        var matrix = TokenMatrix.Encode(texts, new int[texts.Length], vocabulary, steps);
        Assert.Equal(texts.Count(text => text.Length > steps), matrix.CutRows);
        var batch = matrix.CreateBatch(1);
        for (var row = 0; row < texts.Length; row++)
        {
            Array.Fill(batch.Tokens, -1); // of the row before
            matrix.GatherBatch([row], batch);
            var tokens = batch.Tokens;
            Assert.Equal(tokens[..matrix.Lengths[row]], matrix.TokensOf(row).ToArray());
            Assert.Equal(Math.Min(steps, texts[row].Length), matrix.Lengths[row]);
            Assert.Equal(texts[row][..matrix.Lengths[row]], vocabulary.Decode(tokens));
            Assert.All(tokens[matrix.Lengths[row]..], token => Assert.Equal(0, token));
        }
    }, iter: 200);

    [Fact]
    public void Gathers_rows_in_the_order_asked_for()
    {
        var vocabulary = Vocabulary.FromTexts(["abc"], TokenKind.Character);
        var matrix = TokenMatrix.Encode(["a", "bc", ""], [0, 1, 1], vocabulary, 2);
        var batch = matrix.CreateBatch(2);
        matrix.GatherBatch([2, 1], batch);
        Assert.Equal([0, 0, 2, 3], batch.Tokens);
        Assert.Equal([0, 2], batch.Lengths);
        Assert.Equal([1, 1], batch.Labels);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_label_below_0_is_refused(int label)
    {
        var vocabulary = Vocabulary.FromTexts(["a"], TokenKind.Word);
        var error = Assert.Throws<ArgumentException>(
            "labels", () => TokenMatrix.Encode(["a", "a", "a"], [0, 1, label], vocabulary, 2));
        Assert.StartsWith(
            FormattableString.Invariant($"the label of row 2 is {label}, below 0"), error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("labels", () => new TokenMatrix([1], [1], [label], 1));
    }

    [Fact]
    public void Arguments_that_do_not_fit_together_are_named()
    {
        var vocabulary = Vocabulary.FromTexts(["a"], TokenKind.Word);
        Assert.Throws<ArgumentNullException>("texts", () => TokenMatrix.Encode(null!, [], vocabulary, 1));
        Assert.Throws<ArgumentNullException>("labels", () => TokenMatrix.Encode([], null!, vocabulary, 1));
        Assert.Throws<ArgumentNullException>("vocabulary", () => TokenMatrix.Encode([], [], null!, 1));
        Assert.Throws<ArgumentException>("texts", () => TokenMatrix.Encode(["a", null!], [0, 1], vocabulary, 1));
        Assert.Throws<ArgumentException>("labels", () => TokenMatrix.Encode(["a", "a"], [0], vocabulary, 1));
        Assert.Throws<ArgumentException>("labels", () => TokenMatrix.Encode(["a"], [0, 1], vocabulary, 1));

        Assert.Throws<ArgumentNullException>("tokens", () => new TokenMatrix(null!, [], [], 1));
        Assert.Throws<ArgumentNullException>("lengths", () => new TokenMatrix([], null!, [], 1));
        Assert.Throws<ArgumentNullException>("labels", () => new TokenMatrix([], [], null!, 1));
        Assert.Throws<ArgumentException>("tokens", () => new TokenMatrix([1, 1, 1], [1], [0], 2));
        Assert.Throws<ArgumentException>("lengths", () => new TokenMatrix([1, 1], [3], [0], 2));
        Assert.Throws<ArgumentException>("lengths", () => new TokenMatrix([1, 1], [-1], [0], 2));
        Assert.Throws<ArgumentException>("labels", () => new TokenMatrix([1, 1], [2], [0, 1], 2));
    }
}
