namespace GpuLstm.Cli.Help;

/// <summary>Writes an argument so that a shell passes it on as it is.</summary>
internal static class ShellQuote
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:";
    private const string PlainOnUnix = $"{Letters},@%";
    private const string PlainOnWindows = $"{Letters}\\";

    /// <summary>
    /// The argument, in quotes where it holds more than letters, digits and harmless signs, for the shells of this machine.
    /// </summary>
    public static string Of(string argument) => Of(argument, OperatingSystem.IsWindows());

    /// <summary>
    /// The same for shells of Unix (single quotes) or of Windows (double quotes, which both of them know; a backslash before the
    /// last would undo it).
    /// </summary>
    internal static string Of(string argument, bool forWindows)
    {
        if (argument.Length > 0 && !argument.AsSpan().ContainsAnyExcept(forWindows ? PlainOnWindows : PlainOnUnix))
            return argument;
        if (!forWindows)
            return $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";
        return argument.EndsWith('\\') ? $"\"{argument}\\\"" : $"\"{argument}\"";
    }
}
