using System.Text;
using GpuLstm.Data;
using GpuLstm.Data.Sources;

namespace GpuLstm.Tests.Data;

public sealed class LabelledTextsTests : IDisposable
{
    private const string Content =
        "text,label\na b,x\n,x\nc,10\nb a,9\nd, y \ne,\nf,9\na a,x\nb,10\nlast,x\nmore,9\nmost,10\ng,y\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Classes_are_all_labels_by_name_and_what_is_empty_is_counted()
    {
        var texts = Read();
        Assert.Equal(["10", "9", "x", "y"], texts.ClassList);
        Assert.Equal([2, 0, 1, 3, 1, 2, 0, 2, 1, 0, 3], texts.Labels);
        var report = texts.Report;
        Assert.Equal((13L, 1, 1, 0), (report.Rows, report.EmptyTexts, report.EmptyLabels, report.OtherLabels));
        Assert.Equal(4, report.Labels["x"]);
        Assert.Equal(["a", "b"], texts.Encoded.TokensOf(0).ToArray().Select(token => texts.Tokens[token]));
        var numbers = LabelledTexts.From([("a", "10"), ("b", "-1"), ("c", "9")], TokenKind.Word);
        Assert.Equal(["-1", "9", "10"], numbers.ClassList);
    }

    [Fact]
    public void Labels_that_are_chosen_are_classes_in_their_order()
    {
        var texts = Read(labels: ["x", "9"]);
        Assert.Equal(["x", "9"], texts.ClassList);
        Assert.Equal([0, 1, 1, 0, 0, 1], texts.Labels);
        Assert.Equal(5, texts.Report.OtherLabels);
        Assert.Equal(Read().ClassList, Read(labels: LabelledTexts.AllLabels).ClassList);
    }

    [Fact]
    public void Bad_rows_are_an_error_or_counted_with_their_reasons()
    {
        const string Bad = "text,label\na,x\nb,y,z\nc \"d\",x\ne,y\nf,y,\n\"open,x\n";
        var path = folder.File("bad.csv", Bad);
        Assert.Equal(
            $"'{path}' line 3: 3 columns instead of 2 (text, label); quote texts with ',' in them, or leave out such rows by "
                + "SkipBadRows",
            Assert.Throws<UserErrorException>(() => LabelledTexts.FromFile(path, TokenKind.Word)).Message);
        var texts = LabelledTexts.FromFile(path, TokenKind.Word, new ReadOptions { SkipBadRows = true });
        Assert.Equal(2, texts.Count);
        Assert.Equal(
            [
                new BadRowCount("not 2 columns", 2, $"'{path}' line 3"),
                new BadRowCount("broken quoting, a quote stands inside a field without quotes", 1, $"'{path}' line 4"),
                new BadRowCount("broken quoting, a quoted field is never closed", 1, $"'{path}' line 7"),
            ],
            texts.Report.BadRows);
    }

    [Fact]
    public void A_column_with_too_many_values_holds_no_labels()
    {
        var rows = string.Concat(Enumerable.Range(0, 2000).Select(row => $"{row},some text,{row % 2}\n"));
        var path = folder.File("many.csv", $"id,text,label\n{rows}");
        Assert.Contains(
            "line 1002: there are more than 1,000 different labels",
            Assert.Throws<UserErrorException>(
                () => LabelledTexts.FromFile(path, TokenKind.Word, new ReadOptions { LabelColumn = "id" })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Several blocks, and texts of all lengths across their borders.</summary>
    [Theory]
    [InlineData(TokenKind.Word)]
    [InlineData(TokenKind.Character)]
    public void The_number_of_threads_changes_nothing(TokenKind kind)
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 20_000).Select(row => $"{row % 3},{Words(random.Next(random.Next(20) == 0 ? 800 : 30))}");
        var path = folder.File("long.csv", $"label,text\n{string.Join('\n', rows)}");
        var expected = LabelledTexts.FromFile(path, kind, threads: 1);
        Assert.True(new FileInfo(path).Length > 3_000_000);
        foreach (var threads in new[] { 2, 3, 8 })
        {
            var texts = LabelledTexts.FromFile(path, kind, threads: threads);
            Assert.Equal(expected.Tokens, texts.Tokens);
            Assert.Equal(expected.Labels, texts.Labels);
            for (var row = 0; row < texts.Count; row++)
                Assert.True(expected.Encoded.TokensOf(row).SequenceEqual(texts.Encoded.TokensOf(row)));
        }

        string Words(int count) => string.Join(' ', Enumerable.Range(0, count + 1).Select(_ => $"é{random.Next(5000)}"));
    }

    [Fact]
    public async Task Texts_of_a_program_are_taken_as_those_of_a_file()
    {
        (string, string)[] pairs = [("a b", "x"), ("c", "y"), ("", "x"), ("b", "x")];
        var texts = LabelledTexts.From(pairs, TokenKind.Word);
        var path = folder.File("same.csv", "text,label\na b,x\nc,y\n,x\nb,x\n");
        var file = LabelledTexts.FromFile(path, TokenKind.Word);
        Assert.Equal(file.Tokens, texts.Tokens);
        Assert.Equal(file.Labels, texts.Labels);
        Assert.Equal(file.Report.EmptyTexts, texts.Report.EmptyTexts);
        var later = await LabelledTexts.FromAsync(Slowly(), TokenKind.Word);
        Assert.Equal(texts.Tokens, later.Tokens);
        Assert.Equal(texts.Sha256, later.Sha256);
        Assert.NotEqual(texts.Sha256, LabelledTexts.From(pairs[1..], TokenKind.Word).Sha256);
        Assert.Throws<ArgumentException>(() => LabelledTexts.From([(null!, "x")], TokenKind.Word));

        async IAsyncEnumerable<(string, string)> Slowly()
        {
            foreach (var pair in pairs)
            {
                await Task.Yield();
                yield return pair;
            }
        }
    }

    [Fact]
    public void Rows_of_a_group_stay_in_one_part()
    {
        var rows = string.Concat(Enumerable.Range(0, 60).Select(row => $"{row % 7},{row % 2},text {row}\n"));
        var path = folder.File("groups.csv", $"customer,label,text\n{rows}");
        var texts = LabelledTexts.FromFile(path, TokenKind.Word, new ReadOptions { GroupColumn = "customer" });
        var split = PreparedData.SplitOf(texts, texts.RequireClasses(), limit: null);
        Assert.Empty(split.Train.Select(row => row % 7).Intersect(split.Test.Select(row => row % 7)));
        Assert.Equal(Enumerable.Range(0, 60), split.Train.Concat(split.Test).Order());
        Assert.InRange(split.Test.Length, 12, 20);
        Assert.Contains(
            "cannot be split into training and test rows by GroupColumn",
            Assert.Throws<UserErrorException>(() => TrainTestSplit.OfGroups([0, 0, 0])).Message, StringComparison.Ordinal);
    }

    /// <summary>Most rows are of one group, which is more than the test part wants.</summary>
    [Fact]
    public void A_large_group_is_trained_on()
    {
        int[] groups = [.. Enumerable.Range(0, 100).Select(row => row / 2), .. Enumerable.Repeat(50, 900)];
        var split = TrainTestSplit.OfGroups(groups);
        Assert.Equal(Enumerable.Range(0, 100), split.Test.Order());
        Assert.Equal(900, split.Train.Length);
        var halves = TrainTestSplit.OfGroups([0, 0, 0, 1, 1]);
        Assert.Equal((3, 2), (halves.Train.Length, halves.Test.Length));
    }

    [Fact]
    public void A_class_without_a_row_to_train_on_is_an_error()
    {
        var test = TrainTestSplit.Of(10).Test;
        var rows = Enumerable.Range(0, 10).Select(row => ($"text {row}", test.Contains(row) ? "b" : "a"));
        Assert.Equal(
            "all rows of the class 'b' in 'texts of a program' fell to the test part, and none is left to train on; add some, or "
            + "choose other classes by labels",
            Assert.Throws<UserErrorException>(
                () => PreparedData.Of(LabelledTexts.From(rows, TokenKind.Word), maxLength: 9)).Message);
    }

    [Fact]
    public void Labels_that_are_chosen_may_be_among_very_many()
    {
        var rows = string.Concat(Enumerable.Range(0, 3000).Select(row => $"some text,{row % 1500}\n"));
        var path = folder.File("many.csv", $"text,label\n{rows}");
        var texts = LabelledTexts.FromFile(path, TokenKind.Word, labels: ["3", "1490"]);
        Assert.Equal((4, 2996), (texts.Count, texts.Report.OtherLabels));
        Assert.Equal(["Billing, payments", "b"], LabelledTexts.LabelsOf("\"Billing, payments\", b,"));
    }

    [Fact]
    public void A_quote_that_swallows_the_rest_of_a_file_is_an_error_in_any_case()
    {
        var path = folder.File("open.csv", "text,label\na,x\n\"b,y\nc,x\nd,y\n");
        Assert.Contains(
            "line 3: broken quoting, a quoted field is never closed and runs to the file's end",
            Assert.Throws<UserErrorException>(
                () => LabelledTexts.FromFile(path, TokenKind.Word, new ReadOptions { SkipBadRows = true })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_and_other_streams_are_read_like_files()
    {
        var stream = LabelledTexts.FromStream(
            new MemoryStream(Encoding.UTF8.GetBytes(Content)), "standard input", TokenKind.Word);
        Assert.Equal((Read().Sha256, "standard input"), (stream.Sha256, stream.Name));
    }

    [Fact]
    public void Reading_tells_how_far_it_is_and_can_be_stopped()
    {
        var rows = string.Concat(Enumerable.Range(0, 5000).Select(row => $"__label__{row % 2} some text of row {row}\n"));
        var file = folder.File("rows.txt", $"{rows}{new string('\n', 1_000_000)}"); // more than is read ahead
        var told = new List<ReadingProgress>();
        LabelledTexts.FromFile(file, TokenKind.Word, progress: new Told(told.Add));
        Assert.Equal([0, 1024, 2048, 3072, 4096], told.Select(progress => progress.Rows));
        Assert.All(told, progress => Assert.InRange(progress.Share!.Value, 0.01, 0.99));
        using var stop = new CancellationTokenSource();
        told.Clear();
        Assert.ThrowsAny<OperationCanceledException>(
            () => LabelledTexts.FromFile(
                file, TokenKind.Word, progress: new Told(progress => StopAt(progress, 1024)), cancellation: stop.Token));
        Assert.Equal([0, 1024], told.Select(progress => progress.Rows));
        told.Clear();
        LabelledTexts.FromStream(
            new ReplayStream(File.ReadAllBytes(file), Stream.Null), "rows", TokenKind.Word, progress: new Told(told.Add));
        Assert.All(told, progress => Assert.Null(progress.Share));

        void StopAt(ReadingProgress progress, int row)
        {
            told.Add(progress);
            if (progress.Rows == row)
                stop.Cancel();
        }
    }

    private LabelledTexts Read(IReadOnlyList<string>? labels = null) =>
        LabelledTexts.FromFile(folder.File("a.csv", Content), TokenKind.Word, labels: labels);

    private sealed class Told(Action<ReadingProgress> tell) : IProgress<ReadingProgress>
    {
        public void Report(ReadingProgress value) => tell(value);
    }
}
