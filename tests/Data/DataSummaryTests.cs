using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class DataSummaryTests
{
    /// <summary>Every figure of eleven rows, counted by hand.</summary>
    [Fact]
    public void Tells_each_part_of_its_own_rows()
    {
        using var folder = new TemporaryFolder();
        string[] texts = ["a x", "a", "a a a", "a b", "a", "c d a", "a", "a", "a", "a a", "b"];
        var order = new NumpyRandom(42).Permutation(texts.Length);
        File.WriteAllLines(
            folder["tweets.csv"],
            order.Select((_, row) => (Row: row, Place: Array.IndexOf(order, row)))
                .Select(text => $"{text.Row},all,{(text.Place % 2 == 0 ? "Positive" : "Negative")},{texts[text.Place]}"));
        var summary = DataSummary.Of(LabelledTexts.FromFile(folder["tweets.csv"], TokenKind.Word), maxLength: 2, minCount: 2);

        // The texts stand in the order of the split, the first three for testing.
        Assert.Equal(
            (11, 11, 0, 8, 3), (summary.Rows, summary.KeptRows, summary.DroppedRows, summary.TrainRows, summary.TestRows));
        Assert.Equal((4 / 8.0, 1 / 3.0), (summary.TrainShares[1], summary.TestShares[1]));
        Assert.Equal(
            [new VocabularyEntry("a", 1), new VocabularyEntry("b", 2), new VocabularyEntry(Vocabulary.Unknown, 3)],
            summary.VocabularyHead);
        Assert.Equal((2 / 11.0, 1 / 5.0), (summary.TrainUnknownShare, summary.TestUnknownShare));
        Assert.Equal((1, 1), (summary.TrainCutRows, summary.TestCutRows));
        Assert.Equal(
            (8, 12 / 8.0, 1, 3), (summary.Lengths.Count, summary.Lengths.Mean, summary.Lengths.Min, summary.Lengths.Max));
    }
}
