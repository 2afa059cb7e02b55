using System.Text;

namespace GpuLstm.Data.Sources;

/// <summary>
/// Reads lines of UTF-8 text, each as soon as its bytes are there. LF and CRLF end a line; the last line needs no end, and a CR
/// alone is a part of its line. A byte-order mark at the beginning is dropped.
/// </summary>
/// <param name="stream">Where the bytes come from; it stays open.</param>
/// <param name="name">What messages call it.</param>
/// <param name="maxLineBytes">The most bytes of one line, without its end and the mark; 16 MB by default.</param>
public sealed class LineReader(Stream stream, string name = "standard input", int maxLineBytes = TextLimit.DefaultBytes)
{
    private const int LineEndBytes = 2;
    private const int MarkBytes = 3;
    private readonly int mostBytes = MarkBytes + maxLineBytes + LineEndBytes; // of a line that may be within the limit
    private byte[] buffer = new byte[Math.Min(4096, MarkBytes + maxLineBytes + LineEndBytes)];
    private int start; // of the next line
    private int filled;
    private long line;

    /// <summary>The number of the line that was read last, from 1.</summary>
    internal long LineNumber => line;

    /// <summary>Waits for the next line.</summary>
    /// <returns>The line without its end; null at the end of the input.</returns>
    /// <exception cref="UserErrorException">
    /// The line is longer than the limit, or no UTF-8; the message names its number.
    /// </exception>
    public string? ReadLine()
    {
        if (!ReadBytes(out var bytes))
            return null;
        var text = bytes.Span;
        if (Utf8Text.IndexOfInvalid(text) is >= 0 and var invalid)
        {
            throw new UserErrorException(
                $"{name}, line {line}: byte {invalid + 1} of the line (0x{text[invalid]:X2}) is not UTF-8; give text in UTF-8");
        }

        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Waits for the next line.</summary>
    /// <param name="text">Its bytes without its end, whatever they are; good until the next call.</param>
    /// <returns>False at the end of the input.</returns>
    /// <exception cref="UserErrorException">The line is longer than the limit; the message names its number.</exception>
    internal bool ReadBytes(out ReadOnlyMemory<byte> text)
    {
        line++;
        var searched = 0;
        while (true)
        {
            var end = buffer.AsSpan(start + searched, filled - start - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                text = Take(searched + end, lineEnd: 1);
                return true;
            }

            searched = filled - start;
            if (searched == mostBytes)
                throw TooLong();
            MakeRoom();
            var read = stream.Read(buffer.AsSpan(filled));
            filled += read;
            if (read == 0)
            {
                var isEnd = IsEmpty(buffer.AsSpan(start, searched));
                text = isEnd ? default : Take(searched, lineEnd: 0);
                return !isEnd;
            }
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int lineEnd)
    {
        ReadOnlyMemory<byte> text = buffer.AsMemory(start, length);
        if (line == 1)
            text = text[^Utf8Text.WithoutByteOrderMark(text.Span).Length..];
        if (lineEnd > 0 && text.Span is [.., (byte)'\r'])
            text = text[..^1];
        if (text.Length > maxLineBytes)
            throw TooLong();
        start += length + lineEnd;
        return text;
    }

    private bool IsEmpty(ReadOnlySpan<byte> rest) => line == 1 ? Utf8Text.WithoutByteOrderMark(rest).IsEmpty : rest.IsEmpty;

    private void MakeRoom()
    {
        if (filled < buffer.Length)
            return;
        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        (start, filled) = (0, filled - start);
        if (filled == buffer.Length)
            Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, mostBytes));
    }

    private UserErrorException TooLong() =>
        new($"{name}, line {line}: it is longer than {TextLimit.Name(maxLineBytes)}; put a line break into it");
}
