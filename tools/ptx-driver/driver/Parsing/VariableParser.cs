using System.Buffers.Binary;

namespace GpuLstm.PtxDriver.Parsing;

/// <summary>Reads the declaration of variables: <c>.shared .align 16 .b8 name[1024];</c>.</summary>
internal sealed class VariableParser(Tokenizer tokens)
{
    /// <summary>Reads one declaration with its semicolon.</summary>
    /// <param name="isExternal">Whether each launch says its size.</param>
    public IReadOnlyList<VariableSyntax> Parse(bool isExternal)
    {
        var space = Space(tokens.Take());
        var variables = new List<VariableSyntax> { One(space, isExternal) };
        while (tokens.TakeIf(","))
            variables.Add(One(space, isExternal));
        tokens.Expect(";");
        return variables;
    }

    /// <summary>Reads a kernel's parameter, without what follows it.</summary>
    public VariableSyntax Parameter()
    {
        tokens.Expect(".param");
        return One(StateSpace.Parameter, isExternal: false);
    }

    private VariableSyntax One(StateSpace space, bool isExternal)
    {
        var line = tokens.Peek.Line;
        long? alignment = null;
        if (tokens.TakeIf(".align"))
            alignment = tokens.Integer();
        var type = Type();
        while (tokens.Peek.Text is ".ptr" or ".global" or ".shared" or ".const" or ".align")
        {
            if (tokens.Take().Text == ".align") // of what a pointer points at
                tokens.Integer();
        }

        var name = tokens.Word();
        var bytes = (long)type.Bytes;
        var isOpen = false;
        while (tokens.TakeIf("["))
        {
            isOpen |= tokens.Peek.Text == "]";
            bytes = isOpen ? 0 : bytes * tokens.Integer();
            tokens.Expect("]");
        }

        if (isOpen != (isExternal && space == StateSpace.Shared))
        {
            throw new PtxException(
                line, $"{name}: an array without a size must be external shared memory, and the other way round");
        }

        if (alignment is { } given && !long.IsPow2(given))
            throw new PtxException(line, $"{name}: the alignment {given} is no power of two");
        var content = tokens.TakeIf("=") ? Content(type, (int)bytes) : null;
        return new VariableSyntax(line, space, name, checked((int)bytes), (int)(alignment ?? type.Bytes), content);
    }

    private byte[] Content(PtxType type, int bytes)
    {
        var content = new byte[bytes];
        var values = new List<long>();
        if (tokens.TakeIf("{"))
        {
            while (!tokens.TakeIf("}"))
            {
                values.Add(Value(type));
                tokens.TakeIf(",");
            }
        }
        else
        {
            values.Add(Value(type));
        }

        if (values.Count * type.Bytes > bytes)
            throw new PtxException(tokens.Peek.Line, "more values than the array has elements");
        Span<byte> element = stackalloc byte[sizeof(long)];
        for (var n = 0; n < values.Count; n++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(element, values[n]);
            element[..type.Bytes].CopyTo(content.AsSpan(n * type.Bytes));
        }

        return content;
    }

    private long Value(PtxType type) => new OperandParser(tokens).Parse() switch
    {
        IntegerOperand integer when type.Kind != TypeKind.Float => integer.Value,
        FloatOperand real when type.Bytes == sizeof(float) => BitConverter.SingleToInt32Bits((float)real.Value),
        FloatOperand real when type.Bytes == sizeof(double) => BitConverter.DoubleToInt64Bits(real.Value),
        _ => throw new PtxException(tokens.Peek.Line, $"a number of type {type} is expected"),
    };

    private PtxType Type()
    {
        var token = tokens.Take();
        return PtxType.Find(token.Text.TrimStart('.')) is { Bytes: > 0 } type
            ? type
            : throw new PtxException(token.Line, $"a type is expected, not '{token.Text}'");
    }

    private static StateSpace Space(Token token) => token.Text switch
    {
        ".global" => StateSpace.Global,
        ".shared" => StateSpace.Shared,
        ".local" => StateSpace.Local,
        ".const" => StateSpace.Constant,
        _ => throw new PtxException(token.Line, $"'{token.Text}' is not interpreted here"),
    };
}
