namespace GpuLstm.PtxDriver.Parsing;

/// <summary>Reads a kernel from its name on.</summary>
internal sealed class KernelParser(Tokenizer tokens)
{
    private readonly VariableParser variables = new(tokens);
    private readonly OperandParser operands = new(tokens);

    public KernelSyntax Parse()
    {
        var line = tokens.Peek.Line;
        var kernel = new KernelSyntax(tokens.Word(), line);
        if (tokens.TakeIf("(") && !tokens.TakeIf(")"))
        {
            do
            {
                kernel.Parameters.Add(variables.Parameter());
            }
            while (tokens.TakeIf(","));
            tokens.Expect(")");
        }

        while (!tokens.TakeIf("{"))
            Directive(kernel);
        for (var depth = 1; depth > 0;)
        {
            if (tokens.TakeIf("{"))
                depth++;
            else if (tokens.TakeIf("}"))
                depth--;
            else
                Statement(kernel);
        }

        return kernel;
    }

    private void Directive(KernelSyntax kernel)
    {
        var token = tokens.Take();
        var threads = 1;
        do
        {
            threads *= checked((int)tokens.Integer());
        }
        while (tokens.TakeIf(","));
        switch (token.Text)
        {
            case ".maxntid":
                kernel.MaxThreads = threads;
                break;
            case ".minnctapersm" or ".maxnreg":
                break;
            default:
                throw new PtxException(token.Line, $"the directive '{token.Text}' is not interpreted");
        }
    }

    private void Statement(KernelSyntax kernel)
    {
        var token = tokens.Peek;
        switch (token.Text)
        {
            case ".reg":
                tokens.Take();
                Registers(kernel);
                return;
            case ".shared" or ".local":
                kernel.Variables.AddRange(variables.Parse(isExternal: false));
                return;
            case ".loc" or ".pragma":
                while (!tokens.TakeIf(";") && tokens.Peek.Line == token.Line)
                    tokens.Take();
                return;
            default:
                Instruction(kernel);
                return;
        }
    }

    private void Registers(KernelSyntax kernel)
    {
        var typeToken = tokens.Take();
        var type = PtxType.Find(typeToken.Text.TrimStart('.')) is { Bytes: not 1 } found
            ? found
            : throw new PtxException(typeToken.Line, $"'{typeToken.Text}' is no type of a register");
        do
        {
            var name = tokens.Word();
            if (tokens.TakeIf("<"))
            {
                var count = tokens.Integer();
                tokens.Expect(">");
                for (var n = 0; n < count; n++)
                    Declare($"{name}{n}");
            }
            else
            {
                Declare(name);
            }
        }
        while (tokens.TakeIf(","));
        tokens.Expect(";");

        void Declare(string name)
        {
            if (!kernel.Registers.TryAdd(name, type))
                throw new PtxException(typeToken.Line, $"the register {name} is declared twice");
        }
    }

    private void Instruction(KernelSyntax kernel)
    {
        var line = tokens.Peek.Line;
        Guard? guard = null;
        if (tokens.TakeIf("@"))
        {
            var negated = tokens.TakeIf("!");
            guard = new Guard(tokens.Word(), negated);
        }

        var word = tokens.Word();
        if (guard is null && tokens.TakeIf(":"))
        {
            if (!kernel.Labels.TryAdd(word, kernel.Instructions.Count))
                throw new PtxException(line, $"the label {word} is declared twice");
            return;
        }

        var given = new List<Operand>();
        if (!tokens.TakeIf(";"))
        {
            do
            {
                given.Add(operands.Parse());
            }
            while (tokens.TakeIf(","));
            tokens.Expect(";");
        }

        var parts = word.Split('.');
        kernel.Instructions.Add(new InstructionSyntax(line, guard, parts[0], parts[1..], given));
    }
}
