using System.Globalization;
using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>Makes text from outside safe for a terminal: names out of model files, texts and paths may hold anything.</summary>
internal static class Printable
{
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// The same text with every character that could move the cursor, change colours or turn the order of the letters replaced; a
    /// line break becomes a space, a tab stays.
    /// </summary>
    public static string Clean(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Concat(text.ReplaceLineEndings(" ").Select(Clean)) : text;

    /// <summary>The same for a cell or title of a table.</summary>
    public static string Cell(string text) => Markup.Escape(Clean(text));

    private static char Clean(char c) => char.GetUnicodeCategory(c) switch
    {
        UnicodeCategory.Control when c != '\t' => Replacement,
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => ' ',
        UnicodeCategory.Format when IsDirection(c) => Replacement,
        _ => c,
    };

    // Embeddings, overrides and isolates, which change the order of what follows. Marks, which people write, and joiners of emoji
    // stay.
    private static bool IsDirection(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
