using System.Runtime.InteropServices;
using System.Text;
using GpuLstm.Files;
using Microsoft.Win32.SafeHandles;

namespace GpuLstm.Cli.Streams;

/// <summary>
/// Standard output where it is no terminal. The runtime's own writer keeps silent about a reader that went away, so that a
/// program in a pipe would go on for ever.
/// </summary>
internal sealed partial class StandardOutput : WriteOnlyStream
{
    private const int BrokenPipe = 32; // EPIPE on Linux and macOS
    private const int BrokenPipeOnWindows = unchecked((int)0x8007006D);
    private const int PipeClosingOnWindows = unchecked((int)0x800700E8);
    private const int WindowsStandardOutput = -11;

    private readonly Stream inner;

    private StandardOutput(Stream inner) => this.inner = inner;

    /// <summary>Makes <see cref="Console.Out"/> tell of failures, where it is no terminal.</summary>
    public static void Install()
    {
        if (Console.IsOutputRedirected)
        {
            Console.SetOut(new StreamWriter(Open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false))
            {
                AutoFlush = true,
            });
        }
    }

    /// <summary>The stream itself, for bytes.</summary>
    public static Stream Open() => new StandardOutput(OpenInner());

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException e) when (e.HResult is BrokenPipe or BrokenPipeOnWindows or PipeClosingOnWindows)
        {
            throw new ReaderGoneException(e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Closed(e);
        }
        catch (IOException e)
        {
            throw new UserErrorException($"cannot write to standard output: {e.Message.Split(" : ")[0]}", e);
        }
    }

    // A file's own stream counts its position from where it began, and other programs may write to the same file: for files the
    // console's stream is right, for pipes a file's stream.
    private static Stream OpenInner()
    {
        if (ClosedStreams.IsClosed(1))
            throw Closed(inner: null);
        try
        {
            var handle = new SafeFileHandle(
                OperatingSystem.IsWindows() ? GetStdHandle(WindowsStandardOutput) : 1, ownsHandle: false);
            var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? Console.OpenStandardOutput() : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Console.OpenStandardOutput(); // what is wrong shows when something is written
        }
    }

    private static UserErrorException Closed(Exception? inner) =>
        new("standard output is closed, there is nowhere to write to; redirect it to a file or to /dev/null", inner!);

    [LibraryImport("kernel32")]
    private static partial nint GetStdHandle(int number);
}

/// <summary>Standard output has no reader any more: no failure, but the end of the work.</summary>
internal sealed class ReaderGoneException(Exception inner) : Exception("standard output has no reader any more", inner);
