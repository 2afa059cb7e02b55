using System.Buffers;
using System.Text;

namespace GpuLstm.Data;

/// <summary>Passes on the bytes of a text, as they come, as long as they are UTF-8.</summary>
/// <param name="inner">Where the bytes come from; it stays open.</param>
/// <param name="name">Its name, for messages.</param>
internal sealed class Utf8Stream(Stream inner, string name) : Stream
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private int position; // what lies before was passed on
    private int end; // of what was checked
    private int filled; // behind the end: the first bytes of a character whose last ones did not come yet
    private int line = 1;
    private long offset;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="UserErrorException">A byte is not UTF-8; the message names its line and offset.</exception>
    public override int Read(Span<byte> target)
    {
        if (position == end)
            Fill();
        var count = Math.Min(target.Length, end - position);
        buffer.AsSpan(position, count).CopyTo(target);
        position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Fill()
    {
        buffer.AsSpan(end, filled - end).CopyTo(buffer);
        (position, end, filled) = (0, 0, filled - end);
        int read;
        do
        {
            read = inner.Read(buffer.AsSpan(filled));
            filled += read;
            end = read == 0 ? filled : filled - BytesOfUnfinishedCharacter(buffer.AsSpan(0, filled));
        }
        while (end == 0 && read > 0);

        if (Utf8Text.IndexOfInvalid(buffer.AsSpan(0, end)) is >= 0 and var invalid)
            throw NotUtf8(invalid);
        line += buffer.AsSpan(0, end).Count((byte)'\n');
        offset += end;
    }

    private static int BytesOfUnfinishedCharacter(ReadOnlySpan<byte> bytes) =>
        Rune.DecodeLastFromUtf8(bytes, out _, out var length) == OperationStatus.NeedMoreData ? length : 0;

    private UserErrorException NotUtf8(int place) => new(
        $"'{name}' line {line + buffer.AsSpan(0, place).Count((byte)'\n')}: byte {offset + place} (0x{buffer[place]:X2}) is "
        + $"not UTF-8; save the file as UTF-8");
}
