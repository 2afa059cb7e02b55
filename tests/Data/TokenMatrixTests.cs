using CsCheck;
using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TokenMatrixTests
{
    [Fact]
    public void Pads_behind_and_cuts() => Gen.Select(Gen.String[Gen.Char['a', 'e'], 0, 20].Array[1, 9], Gen.Int[1, 15]).Sample((texts, steps) =>
    {
        var vocabulary = Vocabulary.FromTexts(["abcde"], TokenKind.Character);
        var matrix = TokenMatrix.Encode(texts, new float[texts.Length], vocabulary, steps);
        for (var row = 0; row < texts.Length; row++)
        {
            var tokens = matrix.Tokens.AsSpan(row * steps, steps).ToArray();
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
        Assert.Equal([1f, 1f], batch.Labels);
    }
}
