using System.IO.Compression;
using GpuLstm.Files;

namespace GpuLstm.Data.Sources;

/// <summary>
/// Unpacks gzip, of one member or more, and throws <see cref="InvalidDataException"/> where the file ends within one.
/// <see cref="GZipStream"/> alone takes such a file for a whole one.
/// </summary>
/// <param name="packed">A gzip file, from its beginning.</param>
internal sealed class WholeGzip(Stream packed) : ReadOnlyStream
{
    private readonly GZipStream unpacked = new(new WithSequel(packed), CompressionMode.Decompress);

    public override int Read(Span<byte> buffer) => unpacked.Read(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            unpacked.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>
    /// The file and bytes behind its end that begin no member. Who has read a whole member leaves them, as it leaves the
    /// zeros of a tape; who is within one takes them for a part of it, and asks for more.
    /// </summary>
    private sealed class WithSequel(Stream packed) : ReadOnlyStream
    {
        private const int SequelBytes = 16;
        private bool hasEnded;

        public override int Read(Span<byte> buffer)
        {
            if (!hasEnded && packed.Read(buffer) is > 0 and var count)
                return count;
            if (hasEnded)
                throw new InvalidDataException("the file ends within a gzip member");
            hasEnded = true;
            var sequel = buffer[..Math.Min(buffer.Length, SequelBytes)];
            sequel.Fill(0xFF);
            return sequel.Length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                packed.Dispose();
            base.Dispose(disposing);
        }
    }
}
