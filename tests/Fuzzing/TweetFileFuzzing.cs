using System.Text;
using GpuLstm.Data;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Fuzzing;

/// <summary>Files of tweets, from their bytes to token matrices and back.</summary>
public sealed class TweetFileFuzzing(ITestOutputHelper output)
{
    private const int Steps = 5;
    private const int ShortLimit = 40;

    private static readonly string[] ValidFiles =
    [
        "1,Game,Positive,good\n2,Game,Negative,\"bad, very\n\"\"bad\"\"\"\n",
        "\uFEFF3,Ünï,Neutral,日本語 🎮👨‍👩‍👧\r\n-4,,Irrelevant,\r\n5,\"a\"\"b\",Positive,\"x\r\ny\"\r\n6,c,Negative,no end",
        "9223372036854775807,e,Negative,a  b c\n9223372036854775807,e,Positive,a\tb\u0001\n\n7,e,Negative,\"\"\n",
    ];

    private static readonly Mutator Inputs = new(
        [.. ValidFiles.Select(Encoding.UTF8.GetBytes)],
        [
            .. new[]
            {
                "\"", "\"\"", "\"\"\"", ",", "\n", "\r", "\r\n", "\"\n", ",\"", "\",\"", "\0", "\u001b[31m", "\u0085", "\u2028",
                "\u202E", "\uFEFF",
                "Positive", "Negative", "Neutral", "Irrelevant", "positive", "0", "-1", "1e5", "NaN", "null", " 8 ",
                "9223372036854775808",
                "-9223372036854775808", "99999999999999999999999", "<UNK>", "\"\"\"\"\"\"", "1,a,Positive,x\n",
                "2,b,Negative,\"y\"\n", new('z', 300),
            }.Select(Encoding.UTF8.GetBytes),
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xF4, 0x90, 0x80, 0x80], [0xFF, 0xFE],
            [0x00, 0x00, 0xFE, 0xFF],
        ]);

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["tweets.csv"];
        new Fuzzer(output).Run(Inputs.Next, (input, accepted) =>
        {
            var limit = input.Length % 4 == 0 ? ShortLimit : TextLimit.DefaultBytes;
            var tweets = TryRead(() => ReadWhole(input, path, limit), out var refusal);
            var slow = TryRead(
                () => TweetFile.ReadFrom(new SlowStream(input, 1 + input.Length % 7), path, limit), out var otherRefusal);
            Assert.Equal(tweets, slow);
            Assert.Equal(refusal is null, otherRefusal is null); // of several mistakes either may be told
            if (refusal is not null)
                throw refusal;
            accepted();
            CheckUse(tweets!, path);
        });
    }

    // Files cost ten times as much as reading.
    private static IReadOnlyList<Tweet> ReadWhole(byte[] input, string path, int limit)
    {
        if (input.Length % 16 != 0)
            return TweetFile.ReadFrom(new MemoryStream(input), path, limit);
        File.WriteAllBytes(path, input);
        return TweetFile.Read(path, limit);
    }

    private static List<Tweet>? TryRead(Func<IReadOnlyList<Tweet>> read, out UserErrorException? refusal)
    {
        refusal = null;
        try
        {
            return [.. read()];
        }
        catch (UserErrorException e)
        {
            refusal = e;
            return null;
        }
    }

    private static void CheckUse(List<Tweet> tweets, string path)
    {
        using var written = new MemoryStream();
        TweetFile.Write(written, tweets);
        written.Position = 0;
        Assert.Equal(tweets, TweetFile.ReadFrom(written, "written.csv", TextLimit.DefaultBytes));

        var task = SentimentTask.Select(tweets, path);
        string[] texts = [.. task.Texts.Select(text => text.Text)];
        foreach (var kind in Enum.GetValues<TokenKind>())
        {
            var vocabulary = Vocabulary.FromTexts(texts, kind);
            Assert.Equal(vocabulary.Tokens, Vocabulary.Parse(vocabulary.ToJson(), "vocabulary.json").Tokens);
            var matrix = TokenMatrix.Encode(texts, [.. task.Texts.Select(text => text.Label)], vocabulary, Steps);
            Assert.InRange(matrix.Tokens.Min(), 0, vocabulary.Size);
            Assert.InRange(matrix.Tokens.Max(), 0, vocabulary.Size);
            for (var row = 0; row < texts.Length; row++)
            {
                var whole = vocabulary.Encode(texts[row]);
                Assert.Equal(Tokenizer.Split(texts[row], kind), whole.Select(vocabulary.Token));
                Assert.Equal(whole.Take(Steps), matrix.Tokens.AsSpan(row * Steps, matrix.Lengths[row]).ToArray());
            }
        }
    }
}
