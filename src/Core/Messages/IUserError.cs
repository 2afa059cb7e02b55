namespace GpuLstm;

/// <summary>An exception with a line for the user that names settings.</summary>
public interface IUserError
{
    /// <summary>The exception's message, for a program that has other names for the settings.</summary>
    UserMessage UserMessage { get; }
}
