using System.Globalization;

namespace GpuLstm.PtxDriver.Parsing;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>A name, a directive or an opcode with its modifiers: <c>%r1</c>, <c>.reg</c>, <c>ld.global.v4.f32</c>.</summary>
    Word,
    Number,
    Text,
    Sign,
    End,
}

/// <summary>A piece of PTX text.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line);

/// <summary>Cuts PTX text into tokens, and walks over them.</summary>
internal sealed class Tokenizer
{
    private readonly List<Token> tokens = [];
    private int next;

    public Tokenizer(string text)
    {
        var line = 1;
        var at = 0;
        while (at < text.Length)
        {
            var begin = at;
            if (text[at] == '\n')
                line++;
            if (char.IsWhiteSpace(text[at]) || text[at] == '\0')
                at++;
            else if (text.AsSpan(at).StartsWith("//"))
                at = EndOf(text, "\n", at) - 1;
            else if (text.AsSpan(at).StartsWith("/*"))
                at = EndOf(text, "*/", at + 2);
            else
                Add(text, ref at, line);
            line += text.AsSpan(begin + 1, Math.Max(0, at - begin - 1)).Count('\n');
        }

        tokens.Add(new Token(TokenKind.End, "", line));
    }

    /// <summary>The token to be read next.</summary>
    public Token Peek => tokens[next];

    /// <summary>Takes the next token.</summary>
    public Token Take() => tokens[next++];

    /// <summary>Takes the next token if it reads so.</summary>
    public bool TakeIf(string text)
    {
        var matches = Peek.Kind is TokenKind.Sign or TokenKind.Word && Peek.Text == text;
        if (matches)
            next++;
        return matches;
    }

    /// <summary>Takes the next token, which must read so.</summary>
    public void Expect(string text)
    {
        if (!TakeIf(text))
            throw new PtxException(Peek.Line, $"'{text}' is expected, not '{Peek.Text}'");
    }

    /// <summary>Takes a word.</summary>
    public string Word() =>
        Peek.Kind == TokenKind.Word ? Take().Text : throw new PtxException(Peek.Line, $"a name is expected, not '{Peek.Text}'");

    /// <summary>Takes a whole number, with its sign.</summary>
    public long Integer()
    {
        var negative = TakeIf("-");
        var token = Take();
        if (token.Kind != TokenKind.Number || ParseInteger(token.Text) is not { } value)
            throw new PtxException(token.Line, $"a whole number is expected, not '{token.Text}'");
        return negative ? -value : value;
    }

    /// <summary>Reads a whole number as PTX writes it, or null where it is none.</summary>
    public static long? ParseInteger(string text)
    {
        var digits = text.EndsWith('U') ? text[..^1] : text;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, null, out var hexadecimal)
                ? (long)hexadecimal
                : null;
        }

        if (digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(digits[2..], NumberStyles.AllowBinarySpecifier, null, out var binary) ? (long)binary : null;
        return ulong.TryParse(digits, NumberStyles.None, null, out var value) ? (long)value : null;
    }

    private void Add(string text, ref int at, int line)
    {
        var begin = at;
        if (text[at] == '"')
        {
            at = EndOf(text, "\"", at + 1);
            tokens.Add(new Token(TokenKind.Text, text[(begin + 1)..(at - 1)], line));
        }
        else if (char.IsAsciiDigit(text[at]))
        {
            while (at < text.Length
                && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '.' || IsExponentSign(text, begin, at)))
            {
                at++;
            }

            tokens.Add(new Token(TokenKind.Number, text[begin..at], line));
        }
        else if (IsWord(text[at]))
        {
            while (at < text.Length && (IsWord(text[at]) || char.IsAsciiDigit(text[at]) || IsDoubleColon(text, at)))
                at += IsDoubleColon(text, at) ? 2 : 1;
            tokens.Add(new Token(TokenKind.Word, text[begin..at], line));
        }
        else
        {
            tokens.Add(new Token(TokenKind.Sign, text[at++].ToString(), line));
        }
    }

    private static bool IsWord(char character) => char.IsAsciiLetter(character) || character is '_' or '$' or '%' or '.';

    private static bool IsDoubleColon(string text, int at) => text.AsSpan(at).StartsWith("::");

    private static bool IsExponentSign(string text, int begin, int at) =>
        text[at] is '+' or '-' && text[at - 1] is 'e' or 'E' && text[begin..at].Contains('.');

    private static int EndOf(string text, string mark, int from)
    {
        var found = text.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + mark.Length;
    }
}
