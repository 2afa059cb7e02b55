using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>What the names of a kernel stand for: places in the register file, constants, and addresses of variables.</summary>
internal sealed class KernelScope
{
    /// <summary>Registers begin at multiples of a vector.</summary>
    public const int CellBytes = 64;

    private readonly Dictionary<string, int> offsets = [];
    private readonly Dictionary<(int Bytes, ulong Bits), int> constantOffsets = [];
    private readonly Dictionary<string, (StateSpace Space, ulong Address)> variables;
    private readonly List<Constant> constants = [];
    private readonly List<SpecialRegister> specials = [];

    /// <param name="syntax">The kernel.</param>
    /// <param name="target">The architecture that the module is for.</param>
    /// <param name="moduleVariables">The addresses of the module's global and constant variables.</param>
    /// <param name="sharedVariables">The module's shared variables.</param>
    public KernelScope(
        KernelSyntax syntax, int target,
        IReadOnlyDictionary<string, (
            StateSpace Space, ulong Address)> moduleVariables, IEnumerable<VariableSyntax> sharedVariables)
    {
        Syntax = syntax;
        Target = target;
        variables = new(moduleVariables);
        var layout = new List<(int Offset, int Bytes)>();
        foreach (var parameter in syntax.Parameters)
        {
            ParameterBytes = Place(parameter, ParameterBytes);
            layout.Add((ParameterBytes - parameter.Bytes, parameter.Bytes));
        }

        ParameterLayout = layout;
        var shared = sharedVariables.Concat(syntax.Variables.Where(variable => variable.Space == StateSpace.Shared)).ToList();
        foreach (var variable in shared.Where(variable => variable.Bytes > 0))
            SharedBytes = Place(variable, SharedBytes);
        foreach (var variable in syntax.Variables.Where(variable => variable.Space == StateSpace.Local))
            LocalBytes = Place(variable, LocalBytes);
        // Dynamic shared memory is behind the static one; all its arrays begin at the same place.
        var dynamic = shared.Where(variable => variable.Bytes == 0).ToList();
        if (dynamic.Count > 0)
            SharedBytes = Align(SharedBytes, dynamic.Max(variable => variable.Alignment));
        foreach (var variable in dynamic)
            variables[variable.Name] = (StateSpace.Shared, (ulong)SharedBytes);
    }

    public KernelSyntax Syntax { get; }

    public int Target { get; }

    public NativeArena Arena { get; } = new();

    public int RegisterBytes { get; private set; }

    public int ParameterBytes { get; }

    public IReadOnlyList<(int Offset, int Bytes)> ParameterLayout { get; }

    public int SharedBytes { get; }

    public int LocalBytes { get; }

    public IReadOnlyList<Constant> Constants => constants;

    public IReadOnlyList<SpecialRegister> Specials => specials;

    /// <summary>The type of a register or special register; null if there is none of the name.</summary>
    public PtxType? TypeOf(string name) =>
        Syntax.Registers.GetValueOrDefault(name) ?? (IsSpecial(name) ? SpecialRegisters.Type : null);

    public static bool IsSpecial(string name) => SpecialRegisters.Find(name) is not null;

    /// <summary>The place of a register or special register.</summary>
    public int Offset(string name)
    {
        if (!offsets.TryGetValue(name, out var offset))
        {
            offset = Allocate(TypeOf(name)!.Bytes);
            offsets.Add(name, offset);
            if (SpecialRegisters.Find(name) is { } reader)
                specials.Add(new SpecialRegister(offset, reader));
        }

        return offset;
    }

    /// <summary>The place of a constant.</summary>
    public int Constant(int bytes, ulong bits)
    {
        if (!constantOffsets.TryGetValue((bytes, bits), out var offset))
        {
            offset = Allocate(bytes);
            constantOffsets.Add((bytes, bits), offset);
            constants.Add(new Constant(offset, bytes, bits));
        }

        return offset;
    }

    /// <summary>A place in the register file for an element of so many bytes a lane; 0: a bit a lane.</summary>
    public int Allocate(int bytes)
    {
        var offset = RegisterBytes;
        RegisterBytes += Math.Max(CellBytes, bytes * Warp.Size);
        return offset;
    }

    /// <summary>Where a variable lies; null if there is none of the name.</summary>
    public (StateSpace Space, ulong Address)? Variable(string name) => variables.TryGetValue(name, out var found) ? found : null;

    private int Place(VariableSyntax variable, int end)
    {
        var offset = Align(end, variable.Alignment);
        if (!variables.TryAdd(variable.Name, (variable.Space, (ulong)offset)))
            throw new PtxException(variable.Line, $"the variable {variable.Name} is declared twice");
        return offset + variable.Bytes;
    }

    private static int Align(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;
}
