namespace GpuLstm.Tests;

/// <summary>Bytes that come a few at a time, as from a pipe.</summary>
/// <param name="bytes">All of them.</param>
/// <param name="most">Bytes that a read gets at most.</param>
internal sealed class SlowStream(byte[] bytes, int most) : MemoryStream(bytes, writable: false)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(most, buffer.Length)]);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(most, count));
}
