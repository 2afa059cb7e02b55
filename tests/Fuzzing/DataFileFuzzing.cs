using System.Text;
using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Tests.Data.Sources;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Fuzzing;

/// <summary>Files of labelled texts, from their bytes to token matrices.</summary>
public sealed class DataFileFuzzing(ITestOutputHelper output)
{
    private const int Steps = 5;
    private const int ShortLimit = 40;

    private static readonly string[] ValidFiles =
    [
        "1,Game,Positive,good\n2,Game,Negative,\"bad, very\n\"\"bad\"\"\"\n",
        "\uFEFF3,Ünï,Neutral,日本語 🎮👨‍👩‍👧\r\n-4,,Irrelevant,\r\n5,\"a\"\"b\",Positive,\"x\r\ny\"\r\n6,c,Negative,no end",
        "__label__a good text\n__label__b\tbad\n\n__label__a good again\n",
        "{\"text\": \"good \\u00e9 text\", \"label\": 1}\n{\"label\": 2, \"other\": [{}], \"text\": \"bad\"}\r\n"
            + "{\"text\": null, \"label\": true}\n",
        "title\tkind\nsome \"quoted\" words\ta\nother words\tb\nno words\ta\n",
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
                "-9223372036854775808", "99999999999999999999999",
                "<UNK>", "\"\"\"\"\"\"", "1,a,Positive,x\n", "\t", ";", "{", "}", "[", "\\", "\\ud800", "__label__",
                "\"text\":", "{\"label\":",
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
            var options = new ReadOptions
            {
                MaxRowBytes = input.Length % 4 == 0 ? ShortLimit : TextLimit.DefaultBytes,
                SkipBadRows = input.Length % 3 == 0,
            };
            var rows = TryRead(() => ReadWhole(input, path, options), out var refusal);
            var slow = TryRead(
                () => RowFile.Read(new SlowStream(input, 1 + input.Length % 7), path, options), out var otherRefusal);
            Assert.Equal(rows, slow);
            Assert.Equal(refusal is null, otherRefusal is null); // of several mistakes either may be told
            if (refusal is not null)
                throw refusal;
            accepted();
            CheckUse(rows!);
        });
    }

    // Files cost ten times as much as reading.
    private static IReadOnlyList<Row> ReadWhole(byte[] input, string path, ReadOptions options)
    {
        if (input.Length % 16 != 0)
            return RowFile.Read(new MemoryStream(input), path, options);
        File.WriteAllBytes(path, input);
        return RowFile.Read(path, options);
    }

    private static List<Row>? TryRead(Func<IReadOnlyList<Row>> read, out UserErrorException? refusal)
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

    private static void CheckUse(List<Row> rows)
    {
        string[] texts = [.. rows.Select(row => row.Text).Where(text => text.Length > 0)];
        foreach (var kind in Enum.GetValues<TokenKind>())
        {
            if (texts.Length == 0)
                throw new UserErrorException("no text");
            var vocabulary = Vocabulary.FromTexts(texts, kind);
            Assert.Equal(vocabulary.Tokens, Vocabulary.Parse(vocabulary.ToJson(), "vocabulary.json").Tokens);
            var matrix = TokenMatrix.Encode(texts, new int[texts.Length], vocabulary, Steps);
            for (var row = 0; row < texts.Length; row++)
            {
                var whole = vocabulary.Encode(texts[row]);
                Assert.All(whole, index => Assert.InRange(index, 1, vocabulary.Size));
                Assert.Equal(Tokenizer.Split(texts[row], kind), whole.Select(vocabulary.Token));
                Assert.Equal(whole.Take(Steps), matrix.TokensOf(row).ToArray());
            }
        }
    }
}
