using GpuLstm.Files;

namespace GpuLstm.Data.Sources;

/// <summary>Bytes that were read ahead, then the rest of the stream that they came from.</summary>
/// <param name="head">The bytes read ahead.</param>
/// <param name="rest">Where the others come from.</param>
internal sealed class ReplayStream(ReadOnlyMemory<byte> head, Stream rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> head = head;

    /// <summary>Reads ahead.</summary>
    /// <param name="stream">Where to read.</param>
    /// <param name="most">How many bytes at most.</param>
    /// <returns>Fewer only where the stream ends.</returns>
    public static byte[] ReadAhead(Stream stream, int most)
    {
        var bytes = new byte[most];
        return bytes[..stream.ReadAtLeast(bytes, most, throwOnEndOfStream: false)];
    }

    public override int Read(Span<byte> buffer)
    {
        if (head.IsEmpty)
            return rest.Read(buffer);
        var count = Math.Min(buffer.Length, head.Length);
        head.Span[..count].CopyTo(buffer);
        head = head[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            rest.Dispose();
        base.Dispose(disposing);
    }
}
