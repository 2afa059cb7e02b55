using System.Globalization;
using System.Text;

namespace GpuLstm.Data.Sources;

/// <summary>Text from outside, fit for a message of one line.</summary>
internal static class Excerpt
{
    private const int Most = 30;

    /// <summary>The first characters of a text, with a question mark for each control character and line break.</summary>
    public static string Of(string text)
    {
        List<string> shown = [.. text.EnumerateRunes().Take(Most + 1).Select(rune => IsPrintable(rune) ? rune.ToString() : "?")];
        return shown.Count <= Most ? string.Concat(shown) : string.Concat(shown.Take(Most)) + "…";
    }

    private static bool IsPrintable(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
