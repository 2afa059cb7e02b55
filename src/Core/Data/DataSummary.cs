using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>A vocabulary entry.</summary>
/// <param name="Token">The token.</param>
/// <param name="Index">Its index.</param>
public sealed record VocabularyEntry(string Token, int Index);

/// <summary>What a training would make of labelled texts.</summary>
/// <param name="Shape">What the file was recognised as, and which column is what.</param>
/// <param name="Columns">The columns' names; empty where they have none.</param>
/// <param name="Rows">Rows in the file, bad ones left out.</param>
/// <param name="Labels">How many of them each label has.</param>
/// <param name="BadRows">Rows that could not be read, and were left out.</param>
/// <param name="EmptyLabels">Rows without a label, which are left out.</param>
/// <param name="OtherLabels">Rows with labels that are not told apart, which are left out.</param>
/// <param name="Classes">The classes, by label.</param>
/// <param name="KeptRows">Rows of these with a text.</param>
/// <param name="DroppedRows">Rows of these without a text.</param>
/// <param name="TrainRows">Rows to train on.</param>
/// <param name="TestRows">Rows to test on.</param>
/// <param name="TrainShares">Each class's share of the training rows.</param>
/// <param name="TestShares">Each class's share of the test rows.</param>
/// <param name="VocabularySize">Different tokens of the training texts that are not too rare, and <c>&lt;UNK&gt;</c>.</param>
/// <param name="VocabularyHead">The first ten entries.</param>
/// <param name="TrainUnknownShare">Share of <c>&lt;UNK&gt;</c> among the training rows' tokens.</param>
/// <param name="TestUnknownShare">The same of the test rows.</param>
/// <param name="Lengths">Lengths of the training texts in tokens, before they are cut.</param>
/// <param name="TrainCutRows">Training rows that are cut.</param>
/// <param name="TestCutRows">Test rows that are cut.</param>
/// <param name="Duplicates">Texts that are there twice.</param>
public sealed record DataSummary(
    string Shape,
    IReadOnlyList<string> Columns,
    long Rows,
    IReadOnlyDictionary<string, int> Labels,
    IReadOnlyList<BadRowCount> BadRows,
    int EmptyLabels,
    int OtherLabels,
    IReadOnlyList<string> Classes,
    int KeptRows,
    int DroppedRows,
    int TrainRows,
    int TestRows,
    IReadOnlyList<double> TrainShares,
    IReadOnlyList<double> TestShares,
    int VocabularySize,
    IReadOnlyList<VocabularyEntry> VocabularyHead,
    double TrainUnknownShare,
    double TestUnknownShare,
    LengthStatistics Lengths,
    int TrainCutRows,
    int TestCutRows,
    DuplicateReport Duplicates)
{
    private const int HeadLength = 10;

    /// <summary>Summarises texts.</summary>
    /// <param name="texts">The texts, whose memory this takes over.</param>
    /// <param name="maxLength">The tokens a text is cut to.</param>
    /// <param name="minCount">See <see cref="PreparedData.Of"/>.</param>
    /// <param name="limit">Likewise.</param>
    /// <param name="progress">Is told which share of the texts' comparison is done, from 0 to 1.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="UserErrorException">See <see cref="PreparedData.Of"/>.</exception>
    public static DataSummary Of(
        LabelledTexts texts, int maxLength, int minCount = 1, int? limit = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var split = PreparedData.SplitOf(texts, texts.RequireClasses(), limit);
        var duplicates = DuplicateSearch.Run(texts.Encoded, texts.Labels, split, texts.Kind, progress, cancellation);
        var data = PreparedData.Of(texts, maxLength, minCount, limit);
        var report = texts.Report;
        return new DataSummary(
            report.Shape,
            report.Columns,
            report.Rows,
            report.Labels,
            report.BadRows,
            report.EmptyLabels,
            report.OtherLabels,
            data.Classes,
            texts.Count,
            report.EmptyTexts,
            data.Train.Rows,
            data.Test.Rows,
            Shares(data.Train),
            Shares(data.Test),
            data.Vocabulary.Size,
            [.. data.Vocabulary.Tokens.Take(HeadLength).Select((token, n) => new VocabularyEntry(token, n + 1))],
            UnknownShare(data.Train),
            UnknownShare(data.Test),
            LengthStatistics.Describe(split.Train.Select(row => texts.Encoded.TokensOf(row).Length)),
            data.Train.CutRows,
            data.Test.CutRows,
            duplicates);

        double[] Shares(TokenMatrix rows) =>
            [.. data.Classes.Select((_, label) => (double)rows.Labels.AsSpan().Count(label) / Math.Max(1, rows.Rows))];

        double UnknownShare(TokenMatrix rows) =>
            (double)Enumerable.Range(0, rows.Rows).Sum(row => (long)rows.TokensOf(row).Count(data.Vocabulary.UnknownIndex))
                / Math.Max(1, rows.Lengths.Sum(length => (long)length));
    }
}
