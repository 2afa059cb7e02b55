using System.Text;
using GpuLstm.Files;

namespace GpuLstm.Data.Sources;

/// <summary>Bytes of a file; what goes wrong where they come from is told in the user's words.</summary>
/// <param name="inner">Where they come from.</param>
/// <param name="name">The file's name, for messages.</param>
internal sealed class ExplainedStream(Stream inner, string name) : ReadOnlyStream
{
    /// <exception cref="UserErrorException">They cannot be read, unpacked or decoded.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (DecoderFallbackException e)
        {
            throw new UserErrorException(
                $"'{name}' is not in the encoding that was given or that its first bytes tell; give another "
                + $"{Setting.Encoding}", e);
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException($"'{name}' is damaged: it is no whole gzip file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotRead(name, e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
