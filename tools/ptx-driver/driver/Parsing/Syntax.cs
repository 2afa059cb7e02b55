namespace GpuLstm.PtxDriver.Parsing;

/// <summary>Where a variable lies, or what an address is relative to.</summary>
internal enum StateSpace
{
    Generic,
    Global,
    Shared,
    Local,
    Constant,
    Parameter,
}

/// <summary>An operand as it is written.</summary>
internal abstract record Operand;

/// <summary>A register, a special register, a variable or a label.</summary>
internal sealed record NameOperand(string Name) : Operand;

/// <summary>A whole number.</summary>
internal sealed record IntegerOperand(long Value) : Operand;

/// <summary>A floating-point number: its bits where it is written as such (<c>0f3F800000</c>).</summary>
internal sealed record FloatOperand(double Value) : Operand;

/// <summary><c>[base+offset]</c>; the base is a name or null.</summary>
internal sealed record AddressOperand(string? Base, long Offset) : Operand;

/// <summary><c>{a, b, c, d}</c>.</summary>
internal sealed record VectorOperand(IReadOnlyList<Operand> Elements) : Operand;

/// <summary><c>p|q</c>: two results.</summary>
internal sealed record PairOperand(string First, string Second) : Operand;

/// <summary><c>!p</c>.</summary>
internal sealed record NotOperand(string Name) : Operand;

/// <summary><c>@p</c> or <c>@!p</c> before an instruction.</summary>
internal sealed record Guard(string Predicate, bool Negated);

/// <summary>An instruction as it is written.</summary>
/// <param name="Line">The line of the text.</param>
/// <param name="Guard">Its predicate, if any.</param>
/// <param name="Opcode">The name before the first dot.</param>
/// <param name="Modifiers">What follows it, dot by dot.</param>
/// <param name="Operands">In order.</param>
internal sealed record InstructionSyntax(
    int Line, Guard? Guard, string Opcode, IReadOnlyList<string> Modifiers, IReadOnlyList<Operand> Operands);

/// <summary>A variable: a parameter, shared, local, constant or global memory.</summary>
/// <param name="Line">The line of the text.</param>
/// <param name="Space">Where it lies.</param>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size; 0 where each launch says it.</param>
/// <param name="Alignment">Of its address.</param>
/// <param name="Content">What it holds at first; null: nothing in particular.</param>
internal sealed record VariableSyntax(int Line, StateSpace Space, string Name, int Bytes, int Alignment, byte[]? Content);

/// <summary>A kernel as it is written.</summary>
internal sealed class KernelSyntax(string name, int line)
{
    public string Name { get; } = name;

    public int Line { get; } = line;

    public List<VariableSyntax> Parameters { get; } = [];

    /// <summary>The most threads of a group that it promises to be launched with; null: as many as the device can.</summary>
    public int? MaxThreads { get; set; }

    public Dictionary<string, PtxType> Registers { get; } = [];

    public List<VariableSyntax> Variables { get; } = [];

    public List<InstructionSyntax> Instructions { get; } = [];

    /// <summary>Each label's instruction, by its index.</summary>
    public Dictionary<string, int> Labels { get; } = [];
}

/// <summary>A module as it is written.</summary>
/// <param name="Target">The architecture that it is for: 80 of <c>sm_80</c>.</param>
/// <param name="Variables">Those outside of kernels.</param>
/// <param name="Kernels">Its entry points.</param>
/// <param name="Lines">The text, for messages.</param>
internal sealed record ModuleSyntax(
    int Target, IReadOnlyList<VariableSyntax> Variables, IReadOnlyList<KernelSyntax> Kernels, IReadOnlyList<string> Lines);
