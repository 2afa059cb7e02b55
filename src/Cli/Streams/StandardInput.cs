using GpuLstm.Data.Sources;
using GpuLstm.Files;

namespace GpuLstm.Cli.Streams;

/// <summary>Standard input, for which a command waits without being deaf to a stop.</summary>
internal static class StandardInput
{
    /// <summary>What a person types to end it.</summary>
    public static string EndKeys => OperatingSystem.IsWindows() ? "Ctrl-Z and Enter" : "Ctrl-D";

    /// <summary>Its bytes. To read throws <see cref="OperationCanceledException"/> at a stop, also while it waits.</summary>
    /// <param name="cancellation">Ends the waiting at once.</param>
    /// <exception cref="UserErrorException">Standard input is closed.</exception>
    public static Stream OpenStream(CancellationToken cancellation)
    {
        if (ClosedStreams.IsClosed(0))
            throw new UserErrorException("standard input is closed, there is nothing to read; redirect it from a file or a pipe");
        return new InputStream(Console.OpenStandardInput(), cancellation);
    }

    /// <summary>Its lines.</summary>
    /// <inheritdoc cref="OpenStream"/>
    public static LineReader OpenLines(CancellationToken cancellation) => new(OpenStream(cancellation));

    private sealed class InputStream(Stream inner, CancellationToken cancellation) : ReadOnlyStream
    {
        private byte[] bytes = []; // not the caller's: a read that is left behind may still write

        public override int Read(Span<byte> buffer)
        {
            if (bytes.Length < buffer.Length)
                bytes = new byte[buffer.Length];
            var wanted = buffer.Length;
            try
            {
                // A read from a terminal or a pipe cannot be interrupted: it is left behind.
                var read = Task.Run(() => inner.Read(bytes, 0, wanted), CancellationToken.None);
                read.Wait(cancellation);
                bytes.AsSpan(0, read.Result).CopyTo(buffer);
                return read.Result;
            }
            catch (AggregateException e) when (e.InnerException is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException(
                    $"cannot read standard input: {e.InnerException.Message.Split(" : ")[0].TrimEnd('.')}", e.InnerException);
            }
        }
    }
}
