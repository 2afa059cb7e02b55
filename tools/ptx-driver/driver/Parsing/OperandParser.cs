using System.Globalization;

namespace GpuLstm.PtxDriver.Parsing;

/// <summary>Reads one operand.</summary>
internal sealed class OperandParser(Tokenizer tokens)
{
    public Operand Parse()
    {
        if (tokens.TakeIf("["))
            return Address();
        if (tokens.TakeIf("{"))
            return Vector();
        if (tokens.TakeIf("!"))
            return new NotOperand(tokens.Word());
        if (tokens.Peek.Kind == TokenKind.Word)
        {
            var name = tokens.Word();
            return tokens.TakeIf("|") ? new PairOperand(name, tokens.Word()) : new NameOperand(name);
        }

        return Number();
    }

    private AddressOperand Address()
    {
        var name = tokens.Peek.Kind == TokenKind.Word ? tokens.Word() : null;
        var offset = 0L;
        if (name is null)
            offset = tokens.Integer();
        else if (tokens.TakeIf("+") || tokens.Peek.Text == "-")
            offset = tokens.Integer();
        tokens.Expect("]");
        return new AddressOperand(name, offset);
    }

    private VectorOperand Vector()
    {
        var elements = new List<Operand>();
        do
        {
            elements.Add(Parse());
        }
        while (tokens.TakeIf(","));
        tokens.Expect("}");
        return new VectorOperand(elements);
    }

    private Operand Number()
    {
        var negative = tokens.TakeIf("-");
        var token = tokens.Take();
        if (token.Kind == TokenKind.Number)
        {
            if (Float(token.Text) is { } real)
                return new FloatOperand(negative ? -real : real);
            if (Tokenizer.ParseInteger(token.Text) is { } integer)
                return new IntegerOperand(negative ? -integer : integer);
        }

        throw new PtxException(token.Line, $"an operand is expected, not '{token.Text}'");
    }

    // 0f and 0d with the bits of a float or a double, or decimal digits with a point. A float's NaN keeps its bits as a double.
    private static double? Float(string text)
    {
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase) && text.Length == 2 + 8)
        {
            return uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out var single)
                ? BitConverter.UInt32BitsToSingle(single)
                : null;
        }

        if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase) && text.Length == 2 + 16)
        {
            return ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out var twice)
                ? BitConverter.UInt64BitsToDouble(twice)
                : null;
        }

        return text.Contains('.') && double.TryParse(text, NumberStyles.Float, null, out var real) ? real : null;
    }
}
