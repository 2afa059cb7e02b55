using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// An instruction that is being decoded: hands out its modifiers and operands one after the other, and refuses what does not fit.
/// What is left over at the end is refused too, so that an instruction is exactly what its decoder knows.
/// </summary>
internal sealed unsafe partial class Form(InstructionSyntax syntax, KernelScope scope)
{
    private int nextModifier;
    private int nextOperand;

    public DecodedInstruction Result { get; } = new();

    /// <summary>The instruction that is built.</summary>
    public ref Instruction Code => ref Result.Code;

    public KernelScope Scope => scope;

    public string Opcode => syntax.Opcode;

    public int OperandsLeft => syntax.Operands.Count - nextOperand;

    /// <summary>Takes the next modifier if it reads so.</summary>
    public bool Take(string modifier)
    {
        var matches = nextModifier < syntax.Modifiers.Count && syntax.Modifiers[nextModifier] == modifier;
        if (matches)
            nextModifier++;
        return matches;
    }

    /// <summary>Takes the next modifier, which must read so.</summary>
    public void Expect(string modifier)
    {
        if (!Take(modifier))
            throw Error($".{modifier} is expected{Instead()}");
    }

    /// <summary>Takes the next modifier if it is one of these.</summary>
    public string? TakeAny(params ReadOnlySpan<string> modifiers)
    {
        foreach (var modifier in modifiers)
        {
            if (Take(modifier))
                return modifier;
        }

        return null;
    }

    /// <summary>Takes the next modifier, which must be one of these.</summary>
    public string OneOf(params ReadOnlySpan<string> modifiers) =>
        TakeAny(modifiers) ?? throw Error($"one of .{string.Join(", .", modifiers.ToArray())} is expected{Instead()}");

    /// <summary>Takes a type, which must be one of these.</summary>
    public PtxType Type(params ReadOnlySpan<string> names) => PtxType.Find(OneOf(names))!;

    /// <summary>Refuses the instruction for older architectures.</summary>
    public void RequireTarget(int architecture)
    {
        if (scope.Target < architecture)
            throw Error($"needs .target sm_{architecture} or higher");
    }

    /// <summary>Sees to it that nothing is left over.</summary>
    public void Finish()
    {
        if (nextModifier < syntax.Modifiers.Count)
            throw Error($"the modifier .{syntax.Modifiers[nextModifier]} does not fit, or is not interpreted");
        if (OperandsLeft > 0)
            throw Error("too many operands");
    }

    public PtxException Error(string message) => new(syntax.Line, message);

    private string Instead() => nextModifier < syntax.Modifiers.Count ? $", not .{syntax.Modifiers[nextModifier]}" : "";

    private Operand Next() =>
        nextOperand < syntax.Operands.Count ? syntax.Operands[nextOperand++] : throw Error("too few operands");
}
