using System.Text;

namespace GpuLstm.Data;

/// <summary>How a text becomes tokens: the same everywhere, in training and in use.</summary>
public static class Tokenizer
{
    /// <summary>
    /// The tokens of a text in their order. Words are what stands between white space of any kind
    /// (<see cref="char.IsWhiteSpace(char)"/>: spaces, line breaks, tabs, no-break spaces) or line breaks of HTML, however much
    /// of it; letter case and punctuation stay. Characters are the text's code points, white space among them; half a surrogate
    /// pair counts as U+FFFD.
    /// </summary>
    /// <param name="text">The text; an empty one has no tokens, and a blank one no words.</param>
    /// <param name="kind">What a token is.</param>
    public static IReadOnlyList<string> Split(string text, TokenKind kind)
    {
        var tokens = new List<string>();
        foreach (var token in Enumerate(text, kind))
            tokens.Add(token.ToString());
        return tokens;
    }

    /// <summary>The same, without a string for each token.</summary>
    internal static TokenEnumerator Enumerate(ReadOnlySpan<char> text, TokenKind kind) => new(text, kind);

    /// <summary>Goes through the tokens of a text.</summary>
    internal ref struct TokenEnumerator(ReadOnlySpan<char> text, TokenKind kind)
    {
        private ReadOnlySpan<char> rest = text;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly TokenEnumerator GetEnumerator() => this;

        public bool MoveNext() => kind == TokenKind.Word ? MoveToWord() : MoveToCharacter();

        private bool MoveToWord()
        {
            var from = rest;
            var start = 0;
            while (start < from.Length && SpaceAt(from, start) is > 0 and var space)
                start += space;
            var end = start;
            while (end < from.Length && SpaceAt(from, end) == 0)
                end++;
            Current = from[start..end];
            rest = from[end..];
            return start < end;
        }

        // How many characters part words here. Most are letters, digits and signs between a space and the next line character.
        private static int SpaceAt(ReadOnlySpan<char> text, int place)
        {
            var c = text[place];
            if (c is > ' ' and < '\u0085' and not '<')
                return 0;
            return char.IsWhiteSpace(c) ? 1 : c == '<' ? LineBreakLength(text[place..]) : 0;
        }

        // Reviews from web pages have <br>, <br/> and <br />.
        private static int LineBreakLength(ReadOnlySpan<char> text)
        {
            if (!text.StartsWith("<br", StringComparison.OrdinalIgnoreCase))
                return 0;
            var end = text[3..].TrimStart(' ').TrimStart('/');
            return end is ['>', ..] ? text.Length - end.Length + 1 : 0;
        }

        private bool MoveToCharacter()
        {
            if (rest.IsEmpty)
                return false;
            var length = 1;
            if (!char.IsSurrogate(rest[0]))
                Current = rest[..1];
            else if (Rune.DecodeFromUtf16(rest, out _, out length) == System.Buffers.OperationStatus.Done)
                Current = rest[..length];
            else
                Current = "\uFFFD";
            rest = rest[length..];
            return true;
        }
    }
}
