namespace GpuLstm.Cli.Help;

/// <summary>Writes an argument so that a shell passes it on as it is.</summary>
internal static class ShellQuote
{
    private const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%";

    /// <summary>The argument, in quotes where it holds more than letters, digits and harmless signs: single ones for a Unix shell, double ones on Windows.</summary>
    public static string Of(string argument)
    {
        if (argument.Length > 0 && !argument.AsSpan().ContainsAnyExcept(OperatingSystem.IsWindows() ? $"{Plain}\\" : Plain))
            return argument;
        return OperatingSystem.IsWindows() ? $"\"{argument}\"" : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }
}
