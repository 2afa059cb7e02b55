using GpuLstm.Data;

namespace GpuLstm.Cli.Streams;

/// <summary>Lines of standard input, for which a command waits without being deaf to a stop.</summary>
internal sealed class StandardInput
{
    private readonly LineReader reader;
    private readonly CancellationToken cancellation;

    /// <param name="cancellation">Ends the waiting at once.</param>
    /// <exception cref="UserErrorException">Standard input is closed.</exception>
    public StandardInput(CancellationToken cancellation)
    {
        if (ClosedStreams.IsClosed(0))
            throw new UserErrorException("standard input is closed, there is nothing to read; redirect it from a file or a pipe");
        this.cancellation = cancellation;
        reader = new LineReader(Console.OpenStandardInput());
    }

    /// <summary>The next line; null at the end.</summary>
    /// <exception cref="OperationCanceledException">A stop, also while it waits.</exception>
    /// <exception cref="UserErrorException">It cannot be read, or a line is too long.</exception>
    public string? ReadLine()
    {
        try
        {
            // A read from a terminal or a pipe cannot be interrupted: it is left behind.
            var line = Task.Run(reader.ReadLine, CancellationToken.None);
            line.Wait(cancellation);
            return line.Result;
        }
        catch (AggregateException e) when (e.InnerException is UserErrorException inner)
        {
            throw new UserErrorException(inner.Message, inner);
        }
        catch (AggregateException e) when (e.InnerException is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"cannot read standard input: {e.InnerException.Message.Split(" : ")[0].TrimEnd('.')}", e.InnerException);
        }
    }
}
