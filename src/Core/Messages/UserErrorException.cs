namespace GpuLstm;

/// <summary>
/// Something the user gave cannot be used. The message is the one line that the user sees: it says what is wrong,
/// where (file, line, property) and what to do. It never holds a line break.
/// </summary>
public sealed class UserErrorException : Exception, IUserError
{
    /// <param name="message">Without any <see cref="Setting"/> in it.</param>
    /// <param name="innerException">The cause, if any.</param>
    public UserErrorException(string message, Exception? innerException = null)
        : this($"{message}", innerException)
    {
    }

    /// <param name="message">An interpolated string.</param>
    /// <param name="innerException">The cause, if any.</param>
    public UserErrorException(UserMessage message, Exception? innerException = null)
        : base(message.ToString(), innerException) => UserMessage = message;

    public UserMessage UserMessage { get; }
}
