using GpuLstm.Data;

namespace GpuLstm.Tests.Acceptance;

/// <summary>The article's numbers on the real file, to the digit.</summary>
public sealed class PipelineOnRealTweetsTests
{
    [SkippableFact]
    public void Summary_is_the_articles()
    {
        var summary = DataSummary.Of(LabelledTexts.FromFile(RealTweets.Path(), TokenKind.Character), maxLength: 200);
        Assert.Equal(74_682, summary.Rows);
        Assert.Equal([20_832, 22_542, 18_318, 12_990], summary.Labels.Values);
        Assert.Equal((43_013, 361), (summary.KeptRows, summary.DroppedRows));
        Assert.Equal((34_410, 8_603), (summary.TrainRows, summary.TestRows));
        Assert.Equal(0.5199360650973555, summary.TrainShares[1]);
        Assert.Equal(0.5192374752993142, summary.TestShares[1]);
        Assert.Equal(274, summary.VocabularySize);
        Assert.Equal("I downlaeG", string.Concat(summary.VocabularyHead.Select(entry => entry.Token)));
        Assert.Equal(Enumerable.Range(1, 10), summary.VocabularyHead.Select(entry => entry.Index));
        var lengths = summary.Lengths;
        Assert.Equal(
            (34_410, 1, 41.0, 83.0, 148.0, 727),
            (lengths.Count, lengths.Min, lengths.P25, lengths.P50, lengths.P75, lengths.Max));
        Assert.Equal(103.600262, lengths.Mean, 6);
        Assert.Equal(79.972798, lengths.Std!.Value, 6);
    }

    [SkippableFact]
    public void Training_texts_hold_their_words()
    {
        var data = PreparedData.FromFile(RealTweets.Path(), TokenKind.Word, maxLength: 1);
        Assert.Equal((34_410, 8_603), (data.Train.Rows, data.Test.Rows));
        Assert.Equal(42_486, data.Vocabulary.Size - 1); // <UNK> is no word
        Assert.Equal(
            27_199, PreparedData.FromFile(RealTweets.Path(), TokenKind.Word, maxLength: 1, minCount: 2).Vocabulary.Size - 1);
    }
}
