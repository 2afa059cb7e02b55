using System.Text;
using CsCheck;
using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TweetFileTests
{
    private static readonly Gen<string> Texts =
        Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Char["\",\n\ré日"]), 0, 40];

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
            Assert.Equal(tweets, TweetFile.Read(folder.File("tweets.csv", stream.ToArray())));
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
        var tweets = TweetFile.Read(folder.File("tweets.csv", content));
        Assert.Equal(
            [
                new Tweet(7, "Game", Sentiment.Positive, $"first{lineEnd}second \"quoted\" 😍"),
                new Tweet(8, "Other", Sentiment.Negative, ""),
            ],
            tweets);
    }

    [Theory]
    [InlineData("1,a,Positive,x\n2,a,Positive\n", "line 2: 3 columns instead of 4")]
    [InlineData("1,a,Positive,x\n2,a,Positive,one, two\n", "line 2: 5 columns instead of 4")]
    [InlineData(
        "1,a,Positive,\"x\ny\"\n2,a,Negative,\"never closed\n3,a,Positive,z\n",
        "line 3: broken quoting, a quoted field is never closed; close it")]
    [InlineData("1,a,Positive,\"x\" y\n", "line 1: broken quoting, text follows a closing quote; double")]
    [InlineData(
        "1,a,Positive,x\r\n2,a,Negative,5\" screen\r\n",
        "line 2: broken quoting, a quote stands inside a field without quotes; enclose")]
    [InlineData("1,a,Positive,\"open\n2,a,Negative,\"x\"\n", "line 1: broken quoting")]
    [InlineData("no csv", "line 1: 1 column instead of 4")]
    [InlineData("99999999999999999999,a,Negative,x\n", "the tweet id '99999999999999999999' is not a whole number")]
    [InlineData("1,a,positive,x\n", "unknown sentiment 'positive'")]
    [InlineData("1,a,\u001b[31m,x\n", "unknown sentiment '?[31m'")]
    [InlineData("1,a,\u2028\u2029\u0085,x\n", "unknown sentiment '???'")]
    [InlineData("1,a,0123456789012345678901234567🎮🎮🎮,x\n", "unknown sentiment '0123456789012345678901234567🎮🎮…'")]
    [InlineData("\uFEFF", "is empty")]
    [InlineData("\n\r\n", "is empty")]
    [InlineData("id,entity,sentiment,text\n", "line 1: the tweet id 'id' is not a whole number; remove a header line")]
    [InlineData(
        "1,a,Positive,x\n2,a,Angry,y\n",
        "line 2: unknown sentiment 'Angry'; it must be one of Positive, Negative, Neutral, Irrelevant")]
    [InlineData("1,a,1,x\n", "line 1: unknown sentiment '1'")]
    [InlineData("1,a,,x\n", "line 1: unknown sentiment ''")]
    [InlineData("", "is empty")]
    public void Says_what_is_wrong_and_where(string content, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("bad.csv", content);
        var error = Assert.Throws<UserErrorException>(() => TweetFile.Read(path));
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
            "line 1: byte 14 (0xF0) is not UTF-8", Assert.Throws<UserErrorException>(() => TweetFile.Read(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_line_of_a_byte_that_is_not_utf8()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("latin1.csv", Encoding.Latin1.GetBytes("1,a,Positive,fine\n2,a,Negative,café\n"));
        var error = Assert.Throws<UserErrorException>(() => TweetFile.Read(path));
        Assert.Contains("line 2: byte 34 (0xE9) is not UTF-8", error.Message, StringComparison.Ordinal);
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
        Assert.Equal(text, TweetFile.Read(folder.File("long.csv", $"1,a,Positive,{text}\n2,a,Negative,{text}\n"))[1].Text);
        var cut = Encoding.UTF8.GetBytes($"1,a,Positive,\"{text}\n").Append((byte)0x9F).ToArray();
        Assert.Contains(
            $"line 2: byte {cut.Length - 1} (0x9F) is not UTF-8", Refusal(folder.File("cut.csv", cut)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2,a,Negative,0123456789", null)]
    [InlineData("2,a,Negative,01234567890", "line 2: a field or record is longer than 23 bytes; shorten it")]
    [InlineData("2,a,Negative,\"01\"\"345\n\"", null)]
    [InlineData("2,a,Negative,\"01\"\"345\n7\"", "line 2: a field or record is longer than 23 bytes; shorten it")]
    [InlineData(
        "2,a,Negative,\"345\nnever closed",
        "line 2: a field or record is longer than 23 bytes; shorten it, or close the quote that runs on")]
    public void A_record_as_long_as_the_limit_is_read_and_a_longer_one_is_not(string record, string? message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("long.csv", $"1,a,Positive,x\n{record}\n3,a,Positive,x\n");
        if (message is null)
            Assert.Equal(3, TweetFile.Read(path, maxRecordBytes: 23).Count);
        else
        {
            Assert.Contains(
                message, Assert.Throws<UserErrorException>(() => TweetFile.Read(path, maxRecordBytes: 23)).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1,a,Positive,\"", "x\n")]
    [InlineData("", ",")]
    [InlineData("1,a,Positive,", "\0")]
    public void An_endless_record_does_not_fill_the_memory(string begin, string part)
    {
        var endless = new RepeatingStream(Encoding.UTF8.GetBytes($"0,a,Positive,x\n{begin}"), (byte)part[0], (byte)part[^1]);
        var error = Assert.Throws<UserErrorException>(() => TweetFile.ReadFrom(endless, "endless.csv", 16_000_000));
        Assert.Equal(
            "'endless.csv' line 2: a field or record is longer than 16 MB; shorten it, or close the quote that runs on",
            error.Message);
        Assert.InRange(endless.BytesRead, 16_000_001, 35_000_000);
    }

    [Fact]
    public void The_longest_text_by_default_is_one_of_16_MB()
    {
        using var folder = new TemporaryFolder();
        var text = new string('x', 16_000_000 - "1,a,Positive,".Length);
        Assert.Equal(text, TweetFile.Read(folder.File("longest.csv", $"1,a,Positive,{text}\n2,a,Negative,y\n"))[0].Text);
        Assert.Contains(
            "is longer than 16 MB", Refusal(folder.File("longer.csv", $"1,a,Positive,{text}x\n2,a,Negative,y\n")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "there is no file", Assert.Throws<UserErrorException>(() => TweetFile.Read(folder["none.csv"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "is a folder", Assert.Throws<UserErrorException>(() => TweetFile.Read(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private static string Refusal(string path) => Assert.Throws<UserErrorException>(() => TweetFile.Read(path)).Message;

    private static string Outcome(byte[] bytes, int most)
    {
        try
        {
            return string.Join('\n', TweetFile.ReadFrom(new SlowStream(bytes, most), "tweets.csv", 1000));
        }
        catch (UserErrorException e)
        {
            return e.Message;
        }
    }

    /// <summary>A beginning, then two bytes by turns, for ever.</summary>
    private sealed class RepeatingStream(byte[] begin, byte even, byte odd) : MemoryStream
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
