using System.IO.Pipes;
using System.Text;
using CsCheck;
using GpuLstm.Data.Sources;

namespace GpuLstm.Tests.Data.Sources;

public sealed class LineReaderTests
{
    private static readonly Gen<byte[]> Texts =
        Gen.OneOf(Gen.Char["aé日\n\n\r\0\uFEFF"].Select(c => Encoding.UTF8.GetBytes($"{c}")), Gen.Const("🎮"u8.ToArray()))
            .Array[0, 60].Select(parts => parts.SelectMany(part => part).ToArray());

    [Fact]
    public void Lines_do_not_depend_on_how_their_bytes_come() => Gen.Select(Texts, Gen.Int[1, 9]).Sample((bytes, most) =>
    {
        var text = Encoding.UTF8.GetString(bytes);
        var expected = (text.StartsWith('\uFEFF') ? text[1..] : text).Split('\n').Select((line, n) => (line, n)).ToList();
        var lines = ReadAll(new LineReader(new SlowStream(bytes, most)));
        Assert.Equal(
            expected.Where(entry => entry.n < expected.Count - 1 || entry.line.Length > 0)
                .Select(entry => entry.n < expected.Count - 1 && entry.line.EndsWith('\r') ? entry.line[..^1] : entry.line),
            lines);
    });

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("\n", new[] { "" })]
    [InlineData("one\ntwo\r\nthree", new[] { "one", "two", "three" })]
    [InlineData("one\r\n\r\n\ntwo\n", new[] { "one", "", "", "two" })]
    [InlineData("a\rb\r\r\nc\r", new[] { "a\rb\r", "c\r" })]
    [InlineData("\uFEFFone\n\uFEFFtwo", new[] { "one", "\uFEFFtwo" })]
    [InlineData("\uFEFF\uFEFFone", new[] { "\uFEFFone" })]
    [InlineData("\uFEFF", new string[0])]
    [InlineData("\uFEFF\n", new[] { "" })]
    public void LF_and_CRLF_end_a_line(string text, string[] lines) =>
        Assert.Equal(lines, ReadAll(new LineReader(new SlowStream(Encoding.UTF8.GetBytes(text), 1))));

    [Theory]
    [InlineData(4094)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(8191)]
    [InlineData(100_000)]
    public void Characters_and_line_ends_may_cross_the_buffers_end(int length)
    {
        var line = new string('x', length - 4) + "🎮";
        var stream = new MemoryStream(Encoding.UTF8.GetBytes($"{line}\r\n{line}\n\r\n{line}"));
        Assert.Equal([line, line, "", line], ReadAll(new LineReader(stream)));
    }

    [Theory]
    [InlineData(new byte[] { 0xE9 }, 4, "E9")]
    [InlineData(new byte[] { (byte)'x', 0xF0, 0x9F }, 5, "F0")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, 4, "ED")] // half a surrogate pair
    [InlineData(new byte[] { 0xC0, 0x80 }, 4, "C0")] // NUL in two bytes
    public void Bytes_that_are_not_utf8_are_refused_with_their_line(byte[] bytes, int place, string value)
    {
        var reader = new LineReader(new MemoryStream([.. "one\ncaf"u8, .. bytes, .. "\nthree"u8]), "texts");
        Assert.Equal("one", reader.ReadLine());
        Assert.Equal(
            $"texts, line 2: byte {place} of the line (0x{value}) is not UTF-8; give text in UTF-8",
            Assert.Throws<UserErrorException>(reader.ReadLine).Message);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("")]
    public void A_line_as_long_as_the_limit_is_read_and_a_longer_one_is_not(string end)
    {
        foreach (var most in new[] { 1, 3, 100 })
        {
            Assert.Equal(["ok", new string('x', 10)], ReadAll(Reader(10, most)));
            var reader = Reader(11, most);
            Assert.Equal("ok", reader.ReadLine());
            var error = Assert.Throws<UserErrorException>(reader.ReadLine);
            Assert.Equal("texts, line 2: it is longer than 10 bytes; put a line break into it", error.Message);
        }

        LineReader Reader(int length, int most) =>
            new(new SlowStream(Encoding.UTF8.GetBytes($"ok\n{new string('x', length)}{end}"), most), "texts", maxLineBytes: 10);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("")]
    public void A_byte_order_mark_does_not_count(string end)
    {
        Assert.Equal(["0123456789"], ReadAll(Reader("0123456789")));
        Assert.Throws<UserErrorException>(Reader("0123456789x").ReadLine);

        LineReader Reader(string text) =>
            new(new MemoryStream(Encoding.UTF8.GetBytes($"\uFEFF{text}{end}")), "texts", maxLineBytes: 10);
    }

    [Fact]
    public void No_more_is_read_than_the_limit()
    {
        var endless = new EndlessStream();
        var error = Assert.Throws<UserErrorException>(new LineReader(endless).ReadLine);
        Assert.Equal("standard input, line 1: it is longer than 16 MB; put a line break into it", error.Message);
        Assert.InRange(endless.BytesRead, 16_000_001, 16_000_005); // a mark, and a line's end
    }

    [Fact]
    public async Task A_line_is_handed_out_while_the_pipe_stays_open()
    {
        await using var writer = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var readEnd = new AnonymousPipeClientStream(PipeDirection.In, writer.ClientSafePipeHandle);
        var reader = new LineReader(readEnd);
        foreach (var text in new[] { "one", "two" })
        {
            await writer.WriteAsync(Encoding.UTF8.GetBytes($"{text}\n"));
            Assert.Equal(text, await Task.Run(reader.ReadLine).WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    private static List<string> ReadAll(LineReader reader)
    {
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
            lines.Add(line);
        return lines;
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long BytesRead { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'x');
            BytesRead += buffer.Length;
            return buffer.Length;
        }
    }
}
