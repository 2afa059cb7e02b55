using System.Text;
using CsCheck;
using GpuLstm.Data.Sources;
using GpuLstm.Files;
using GpuLstm.TweetGenerator;

namespace GpuLstm.Tests.Data.Sources;

public sealed class SeparatedRowsTests
{
    private static readonly Gen<string> Texts =
        Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Char["\",\n\ré日"]), 0, 40];

    // Of few rows, texts and labels may look like anything.
    private static readonly ReadOptions Tweets4 = new() { Separator = ',', TextColumn = "4", LabelColumn = "3" };

    private static readonly Gen<Tweet> Tweets = Gen.Select(
        Gen.Long, Gen.String[Gen.Char['a', 'z'], 1, 8], Gen.Enum<Sentiment>(), Texts,
        (id, entity, sentiment, text) => new Tweet(id, entity, sentiment, text + (id % 3 == 0 ? "🎮😡" : "")));

    [Fact]
    public void Reads_back_what_it_writes() => Tweets.List[1, 30].Sample(
        tweets =>
        {
            using var folder = new TemporaryFolder();
            using var stream = new MemoryStream();
            TweetFile.Write(stream, tweets);
            Assert.Equal(
                tweets.Select(tweet => new Row(tweet.Text, $"{tweet.Sentiment}")),
                RowFile.Read(folder.File("tweets.csv", stream.ToArray()), Tweets4));
        },
        iter: 200);

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Reads_multi_line_fields_quotes_and_emoji(string lineEnd)
    {
        using var folder = new TemporaryFolder();
        var content = string.Join(
            lineEnd, "\uFEFF7,Game,Positive,\"first", "second \"\"quoted\"\" 😍\"", "", "8,Other,Negative,", "");
        Assert.Equal(
            [new Row($"first{lineEnd}second \"quoted\" 😍", "Positive"), new Row("", "Negative")],
            RowFile.Read(folder.File("tweets.csv", content)));
    }

    [Theory]
    [InlineData("1,a,Positive,x\n2,a,Positive\n", "line 2: 3 columns instead of 4")]
    [InlineData("1,a,Positive,x\n2,a,Positive,one, two\n", "line 2: 5 columns instead of 4")]
    [InlineData(
        "1,a,Positive,\"x\ny\"\n2,a,Negative,\"never closed\n3,a,Positive,z\n",
        "line 3: broken quoting, a quoted field is never closed and runs to the file's end; close it")]
    [InlineData("1,a,Positive,\"x\" y\n", "line 1: broken quoting, text follows a closing quote; double")]
    [InlineData(
        "1,a,Positive,x\r\n2,a,Negative,5\" screen\r\n",
        "line 2: broken quoting, a quote stands inside a field without quotes; enclose")]
    [InlineData("1,a,Positive,\"open\n2,a,Negative,\"x\"\n", "line 1: broken quoting")]
    [InlineData("no csv", "line 1: 1 column where a text and a label are expected; separate them by commas, tabs")]
    [InlineData("\uFEFF", "is empty")]
    [InlineData("\n\r\n", "is empty")]
    [InlineData("", "is empty")]
    [InlineData("text,label\n", "holds a header and no row")]
    [InlineData("id;text\n1;a\n1;b\n2;c\n2;d\n3;\u001b[31m;x\n", "line 6: 3 columns instead of 2 (id, text)")]
    public void Says_what_is_wrong_and_where(string content, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("bad.csv", content);
        var error = Assert.Throws<UserErrorException>(() => RowFile.Read(path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_file_that_ends_inside_a_character_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("cut.csv", [.. "1,a,Positive,x"u8, 0xF0, 0x9F]);
        Assert.Contains(
            "line 1: byte 15 of the row (0xF0, in windows-1252 'ð') is not UTF-8",
            Assert.Throws<UserErrorException>(() => RowFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_line_of_a_byte_that_is_not_utf8()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("latin1.csv", Encoding.Latin1.GetBytes("1,a,Positive,fine\n2,a,Negative,café\n"));
        var error = Assert.Throws<UserErrorException>(() => RowFile.Read(path));
        Assert.Contains(
            "line 2: byte 17 of the row (0xE9, in windows-1252 'é') is not UTF-8; save the file as UTF-8, or say what it is by "
            + "Encoding windows-1252",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_and_mistakes_do_not_depend_on_how_the_bytes_come() =>
        Gen.Select(Tweets.List[1, 5], Gen.Int[1, 5], Gen.Int[-300, 300], Gen.Byte).Sample((tweets, most, place, value) =>
        {
            using var stream = new MemoryStream();
            TweetFile.Write(stream, tweets);
            var bytes = stream.ToArray();
            if (place >= 0 && place < bytes.Length)
                bytes[place] = value;
            Assert.Equal(Outcome(bytes, int.MaxValue), Outcome(bytes, most));
        });

    /// <summary>The buffers hold 64 KiB.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Characters_may_cross_the_buffers_end(int shift)
    {
        using var folder = new TemporaryFolder();
        var text = new string('x', shift) + string.Concat(Enumerable.Repeat("🎮", 50_000));
        Assert.Equal(text, RowFile.Read(folder.File("long.csv", $"1,a,Positive,{text}\n2,a,Negative,{text}\n"))[1].Text);
        var cut = Encoding.UTF8.GetBytes($"1,a,Positive,\"{text}\n").Append((byte)0x9F).ToArray();
        Assert.Contains(
            "line 1: broken quoting, a quoted field is never closed", Refusal(folder.File("cut.csv", cut)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2,a,Negative,0123456789", null)]
    [InlineData("2,a,Negative,01234567890", "line 2: a field or row is longer than 23 bytes; shorten it")]
    [InlineData("2,a,Negative,\"01\"\"345\n\"", null)]
    [InlineData("2,a,Negative,\"01\"\"345\n7\"", "line 2: a field or row is longer than 23 bytes; shorten it")]
    [InlineData(
        "2,a,Negative,\"345\nnever closed",
        "line 2: a field or row is longer than 23 bytes; shorten it, or close the quote that runs on")]
    public void A_record_as_long_as_the_limit_is_read_and_a_longer_one_is_not(string record, string? message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("long.csv", $"1,a,Positive,x\n{record}\n3,a,Positive,x\n");
        if (message is null)
            Assert.Equal(3, RowFile.Read(path, Tweets4 with { MaxRowBytes = 23 }).Count);
        else
        {
            Assert.Contains(
                message, Assert.Throws<UserErrorException>(() => RowFile.Read(path, Tweets4 with { MaxRowBytes = 23 })).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1,a,Positive,\"", "x\n")]
    [InlineData("", ",")]
    [InlineData("1,a,Positive,", "y")]
    public void An_endless_record_does_not_fill_the_memory(string begin, string part)
    {
        var endless = new RepeatingStream(Encoding.UTF8.GetBytes($"0,a,Positive,x\n{begin}"), (byte)part[0], (byte)part[^1]);
        var error = Assert.Throws<UserErrorException>(() => RowFile.Read(endless, "endless.csv", Tweets4));
        Assert.Equal(
            "'endless.csv' line 2: a field or row is longer than 16 MB; shorten it, or close the quote that runs on",
            error.Message);
        Assert.InRange(endless.BytesRead, 16_000_001, 35_000_000);
    }

    [Fact]
    public void The_longest_text_by_default_is_one_of_16_MB()
    {
        using var folder = new TemporaryFolder();
        var text = new string('x', 16_000_000 - "1,a,Positive,".Length);
        Assert.Equal(text, RowFile.Read(folder.File("longest.csv", $"1,a,Positive,{text}\n2,a,Negative,y\n"))[0].Text);
        Assert.Contains(
            "is longer than 16 MB", Refusal(folder.File("longer.csv", $"1,a,Positive,{text}x\n2,a,Negative,y\n")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "there is no file", Assert.Throws<UserErrorException>(() => RowFile.Read(folder["none.csv"])).Message,
            StringComparison.Ordinal);
    }

    private static string Refusal(string path) => Assert.Throws<UserErrorException>(() => RowFile.Read(path)).Message;

    private static string Outcome(byte[] bytes, int most)
    {
        try
        {
            return string.Join(
                '\n', RowFile.Read(new SlowStream(bytes, most), "tweets.csv", Tweets4 with { MaxRowBytes = 1000 }));
        }
        catch (UserErrorException e)
        {
            return e.Message;
        }
    }

    /// <summary>A beginning, then two bytes by turns, for ever.</summary>
    private sealed class RepeatingStream(byte[] begin, byte even, byte odd) : ReadOnlyStream
    {
        public long BytesRead { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            foreach (ref var value in buffer)
            {
                value = BytesRead < begin.Length ? begin[BytesRead] : BytesRead % 2 == 0 ? even : odd;
                BytesRead++;
            }

            return buffer.Length;
        }
    }
}
