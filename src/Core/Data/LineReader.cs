using System.Text;

namespace GpuLstm.Data;

/// <summary>
/// Reads lines of UTF-8 text, each as soon as its bytes are there. LF and CRLF end a line; the last line needs no end. Bytes that are not
/// UTF-8 become U+FFFD.
/// </summary>
/// <param name="stream">Where the bytes come from; it stays open.</param>
/// <param name="name">What messages call it.</param>
/// <param name="maxLineBytes">The most bytes of one line, without its end; 16 MB by default.</param>
public sealed class LineReader(Stream stream, string name = "standard input", int maxLineBytes = TextLimit.DefaultBytes)
{
    private const int LineEndBytes = 2;
    private byte[] buffer = new byte[Math.Min(4096, maxLineBytes + LineEndBytes)];
    private int start; // of the next line
    private int filled;
    private long line;

    /// <summary>Waits for the next line.</summary>
    /// <returns>The line without its end; null at the end of the input.</returns>
    /// <exception cref="UserErrorException">The line is longer than the limit; the message names its number and the limit.</exception>
    public string? ReadLine()
    {
        line++;
        var searched = 0;
        while (true)
        {
            var end = buffer.AsSpan(start + searched, filled - start - searched).IndexOf((byte)'\n');
            if (end >= 0)
                return Take(searched + end, lineEnd: 1);
            searched = filled - start;
            if (searched == maxLineBytes + LineEndBytes)
                throw TooLong();
            MakeRoom();
            var read = stream.Read(buffer.AsSpan(filled));
            filled += read;
            if (read == 0)
                return searched > 0 ? Take(searched, lineEnd: 0) : null;
        }
    }

    private string Take(int length, int lineEnd)
    {
        var text = buffer.AsSpan(start, length);
        if (lineEnd > 0 && text is [.., (byte)'\r'])
            text = text[..^1];
        if (text.Length > maxLineBytes)
            throw TooLong();
        start += length + lineEnd;
        return Encoding.UTF8.GetString(text);
    }

    private void MakeRoom()
    {
        if (filled < buffer.Length)
            return;
        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        (start, filled) = (0, filled - start);
        if (filled == buffer.Length)
            Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, maxLineBytes + LineEndBytes));
    }

    private UserErrorException TooLong() => new($"{name}, line {line}: it is longer than {TextLimit.Name(maxLineBytes)}; put a line break into it");
}
