using System.Buffers;
using System.Text;
using System.Text.Unicode;

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

        if (!Utf8.IsValid(buffer.AsSpan(0, end)))
            throw NotUtf8(buffer.AsSpan(0, end));
        line += buffer.AsSpan(0, end).Count((byte)'\n');
        offset += end;
    }

    private static int BytesOfUnfinishedCharacter(ReadOnlySpan<byte> bytes) =>
        Rune.DecodeLastFromUtf8(bytes, out _, out var length) == OperationStatus.NeedMoreData ? length : 0;

    private UserErrorException NotUtf8(ReadOnlySpan<byte> bytes)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(bytes[valid..], out _, out var length) == OperationStatus.Done)
            valid += length;
        return new UserErrorException(
            $"'{name}' line {line + bytes[..valid].Count((byte)'\n')}: byte {offset + valid} (0x{bytes[valid]:X2}) is not UTF-8; save the file as UTF-8");
    }
}
