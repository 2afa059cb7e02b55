namespace GpuLstm.Cli.Commands;

/// <summary>The command line asks for what cannot be, whatever the data and the machine.</summary>
internal sealed class UsageException(UserErrorException cause) : Exception(cause.Message, cause)
{
    /// <summary>What is wrong, by the library's names.</summary>
    public UserErrorException Cause => cause;

    /// <summary>Reads or checks what the command line gave, before anything is done.</summary>
    /// <exception cref="UsageException">It is not possible.</exception>
    public static T Check<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UserErrorException e)
        {
            throw new UsageException(e);
        }
    }
}
