using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

/// <summary>The whole way from a file to matrices, where no text is like another and it shows which part each went to.</summary>
public sealed class PreparedDataTests : IDisposable
{
    private const int Rows = 11;

    // A permutation of eleven rows by seed 42; its first three are for testing, as scikit-learn rounds up.
    private static readonly int[] Order = new NumpyRandom(42).Permutation(Rows);

    private readonly TemporaryFolder folder = new();
    private readonly PreparedData data;

    public PreparedDataTests()
    {
        File.WriteAllLines(
            folder["tweets.csv"],
            Enumerable.Range(0, Rows).Select(row => $"{row},all,{(row % 3 == 0 ? "Negative" : "Positive")},text{row}"));
        data = PreparedData.FromFile(folder["tweets.csv"], TokenKind.Word, maxLength: 2);
    }

    [Fact]
    public void The_vocabulary_is_that_of_the_training_texts_in_their_order() =>
        Assert.Equal([.. Order[3..].Select(row => $"text{row}"), Vocabulary.Unknown], data.Vocabulary.Tokens);

    [Fact]
    public void Each_part_holds_its_rows_in_their_order()
    {
        Assert.Equal([.. Order[3..].Select(LabelOf)], data.Train.Labels);
        Assert.Equal([.. Order[..3].Select(LabelOf)], data.Test.Labels);
        Assert.Equal(Enumerable.Range(1, Rows - 3).Select(token => new[] { token }), TestTokens.Of(data.Train));
        var unknown = data.Vocabulary.UnknownIndex;
        Assert.Equal([[unknown], [unknown], [unknown]], TestTokens.Of(data.Test));

        static int LabelOf(int row) => row % 3 == 0 ? 1 : 0;
    }

    public void Dispose() => folder.Dispose();
}
