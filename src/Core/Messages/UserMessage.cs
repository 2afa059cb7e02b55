using System.Globalization;
using System.Runtime.CompilerServices;

namespace GpuLstm;

/// <summary>
/// A message for the user, written as an interpolated string. It keeps every <see cref="Setting"/> apart from the words, so that
/// a program can put its own name there, such as an option of its command line. Numbers are written as the invariant culture
/// writes them.
/// </summary>
[InterpolatedStringHandler]
public sealed class UserMessage
{
    private readonly List<object> parts; // strings, and settings that have no name yet

    /// <param name="literalLength">The compiler's; not used.</param>
    /// <param name="formattedCount">Values in the string.</param>
    public UserMessage(int literalLength, int formattedCount) => parts = new List<object>(2 * formattedCount + 1);

    /// <summary>Adds words.</summary>
    public void AppendLiteral(string words) => parts.Add(words);

    /// <summary>Adds the name of a setting, whatever it will be.</summary>
    public void AppendFormatted(Setting setting) => parts.Add(setting);

    /// <summary>Adds a message as a part of this one.</summary>
    public void AppendFormatted(UserMessage message) => parts.AddRange(message.parts);

    /// <summary>Adds a value.</summary>
    public void AppendFormatted<T>(T value, string? format = null) =>
        parts.Add(
            value is IFormattable formattable
                ? formattable.ToString(format, CultureInfo.InvariantCulture)
                : value?.ToString() ?? "");

    /// <summary>The message with the names of C#.</summary>
    public override string ToString() => ToString(setting => setting.Name);

    /// <summary>The message with the names that <paramref name="nameOf"/> gives.</summary>
    public string ToString(Func<Setting, string> nameOf) =>
        OneLine(string.Concat(parts.Select(part => part is Setting setting ? nameOf(setting) : (string)part)));

    // A path or a name out of a file may hold anything.
    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
