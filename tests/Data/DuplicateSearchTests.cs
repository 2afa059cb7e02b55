using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class DuplicateSearchTests
{
    [Fact]
    public void Copies_contradictions_and_near_copies_are_counted()
    {
        string[] words = [.. Enumerable.Range(0, 300).Select(n => $"w{n}")];
        string Text(int first, int count = 20) => string.Join(' ', words[first..(first + count)]);
        (string Text, string Label)[] rows =
        [
            (Text(0), "a"), (Text(0), "a"), (Text(0).Replace(" ", "  ", StringComparison.Ordinal), "b"), // the same words
            (Text(30), "a"), ($"{Text(30, 18)} x y", "a"), // 18 of 22
            (Text(60), "b"), ($"{Text(60, 10)} {Text(90, 10)}", "b"), // 10 of 30
            (Text(120), "a"), (Text(150), "b"),
        ];
        var texts = LabelledTexts.From(rows, TokenKind.Word);
        var report = Run(new TrainTestSplit([0, 1, 3, 5, 7], [2, 4, 6, 8]));
        Assert.Equal(
            new DuplicateReport(Copies: 2, Contradictions: 3, NearCopies: 2, TestCopies: 1, NearTestCopies: 2), report);
        Assert.Equal( // of the test rows alone
            new DuplicateReport(Copies: 2, Contradictions: 3, NearCopies: 2, TestCopies: 0, NearTestCopies: 0),
            Run(new TrainTestSplit([5, 7], [0, 1, 2, 3, 4, 6, 8])));

        DuplicateReport Run(TrainTestSplit split) =>
            DuplicateSearch.Run(texts.Encoded, texts.Labels, split, texts.Kind, progress: null, CancellationToken.None);
    }

    [Fact]
    public void Nearly_all_pairs_of_the_similarity_are_found()
    {
        var random = new Random(1);
        var rows = new List<(string, string)>();
        for (var pair = 0; pair < 200; pair++)
        {
            string[] words = [.. Enumerable.Range(0, 22).Select(_ => $"w{random.Next(1_000_000)}")];
            rows.Add((string.Join(' ', words[..20]), "a"));
            rows.Add((string.Join(' ', words[3..]), "b")); // 17 of 22: 0.77
        }

        var texts = LabelledTexts.From(rows, TokenKind.Word);
        var split = new TrainTestSplit(
            [.. Enumerable.Range(0, 200).Select(pair => 2 * pair)], [.. Enumerable.Range(0, 200).Select(pair => 2 * pair + 1)]);
        var report = DuplicateSearch.Run(texts.Encoded, texts.Labels, split, texts.Kind, progress: null, CancellationToken.None);
        Assert.InRange(report.NearTestCopies, 195, 200);
        Assert.Equal(0, report.TestCopies);
    }
}
