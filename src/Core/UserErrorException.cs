namespace GpuLstm;

/// <summary>
/// Something the user gave cannot be used. The message is the one line that the user sees: it says what is wrong,
/// where (file, line, option) and what to do. It never holds a line break.
/// </summary>
public sealed class UserErrorException : Exception
{
    public UserErrorException(string message)
        : base(message)
    {
    }

    public UserErrorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
