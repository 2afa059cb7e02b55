namespace GpuLstm.Data;

/// <summary>How a text becomes tokens: the same everywhere, in training and in use.</summary>
public static class Tokenizer
{
    /// <summary>
    /// The tokens of a text in their order. Words are what stands between white space of any kind
    /// (<see cref="char.IsWhiteSpace(char)"/>: spaces, line breaks, tabs, no-break spaces), however much of it; letter case and
    /// punctuation stay. Characters are the text's code points, white space among them; half a surrogate pair counts as U+FFFD.
    /// </summary>
    /// <param name="text">The text; an empty one has no tokens, and a blank one no words.</param>
    /// <param name="kind">What a token is.</param>
    public static IEnumerable<string> Split(string text, TokenKind kind) => kind switch
    {
        TokenKind.Word => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        _ => text.EnumerateRunes().Select(rune => rune.ToString()),
    };
}
