namespace GpuLstm.PtxDriver.Parsing;

/// <summary>Reads a module: its header, the variables outside of kernels, and its kernels.</summary>
internal sealed class ModuleParser
{
    private const int NewestMajor = 8;
    private const int NewestMinor = 8;

    private readonly Tokenizer tokens;
    private readonly string text;

    private ModuleParser(string text)
    {
        this.text = text;
        tokens = new Tokenizer(text);
    }

    /// <exception cref="PtxException">The text is not PTX that this driver knows.</exception>
    public static ModuleSyntax Parse(string text) => new ModuleParser(text).Parse();

    private ModuleSyntax Parse()
    {
        tokens.Expect(".version");
        CheckVersion(tokens.Take());
        tokens.Expect(".target");
        var target = Target(tokens.Take());
        while (tokens.TakeIf(","))
            tokens.Word();
        tokens.Expect(".address_size");
        if (tokens.Integer() != 64)
            throw new PtxException(tokens.Peek.Line, "addresses must have 64 bits");

        var variables = new List<VariableSyntax>();
        var kernels = new List<KernelSyntax>();
        while (tokens.Peek.Kind != TokenKind.End)
        {
            var isExternal = false;
            while (tokens.Peek.Text is ".visible" or ".extern" or ".weak")
                isExternal |= tokens.Take().Text == ".extern";
            if (tokens.TakeIf(".entry"))
                kernels.Add(new KernelParser(tokens).Parse());
            else
                variables.AddRange(new VariableParser(tokens).Parse(isExternal));
        }

        return new ModuleSyntax(target, variables, kernels, text.Split('\n'));
    }

    private static void CheckVersion(Token token)
    {
        var parts = token.Text.Split('.');
        if (parts.Length != 2 || !int.TryParse(parts[0], out var major) || !int.TryParse(parts[1], out var minor))
            throw new PtxException(token.Line, $"'{token.Text}' is no version");
        if (major > NewestMajor || (major == NewestMajor && minor > NewestMinor))
            throw new PtxException(token.Line, $"version {token.Text} of PTX is newer than {NewestMajor}.{NewestMinor}");
    }

    private static int Target(Token token) =>
        token.Text.StartsWith("sm_", StringComparison.Ordinal)
            && int.TryParse(token.Text["sm_".Length..].TrimEnd('a'), out var target)
            ? target
            : throw new PtxException(token.Line, $"'{token.Text}' is no target");
}
