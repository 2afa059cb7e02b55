using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using GpuLstm.Data;

namespace GpuLstm.Benchmarks;

/// <summary>Labelled texts from bytes in memory to numbers of tokens: parsed, tokenised and encoded.</summary>
public class ReadingBenchmarks
{
    /// <summary>Bytes of each form.</summary>
    public const int Bytes = 32_000_000;

    private const int WordsOfText = 20;
    private byte[] csv = [];
    private byte[] jsonLines = [];
    private byte[] fastText = [];

    /// <summary>Threads that share the work.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>What a token is.</summary>
    [Params(TokenKind.Word, TokenKind.Character)]
    public TokenKind Tokens { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        csv = Rows("label,text\n", (label, text) => $"{label},{text}\n");
        jsonLines = Rows("", (label, text) => $"{{\"text\": \"{text}\", \"label\": \"{label}\"}}\n");
        fastText = Rows("", (label, text) => $"__label__{label} {text}\n");
    }

    [Benchmark]
    public int ReadCsv() => Read(csv);

    [Benchmark]
    public int ReadJsonLines() => Read(jsonLines);

    [Benchmark]
    public int ReadFastText() => Read(fastText);

    private int Read(byte[] bytes) => LabelledTexts.FromStream(new MemoryStream(bytes), "rows", Tokens, threads: Threads).Count;

    // Some words are frequent and many are rare, as in a language.
    private static byte[] Rows(string header, Func<string, string, string> row)
    {
        var random = new Random(1);
        var rows = new StringBuilder(header, Bytes);
        while (rows.Length < Bytes)
        {
            var words = Enumerable.Range(0, WordsOfText)
                .Select(_ => string.Create(CultureInfo.InvariantCulture, $"w{(int)Math.Exp(10 * random.NextDouble())}"));
            rows.Append(row(random.Next(2) == 0 ? "good" : "bad", string.Join(' ', words)));
        }

        return Encoding.ASCII.GetBytes(rows.ToString());
    }
}
