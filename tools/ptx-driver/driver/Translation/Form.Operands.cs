using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Translation;

/// <content>The operands.</content>
internal sealed unsafe partial class Form
{
    private const string Sink = "_";

    /// <summary>A register that takes a result of a type.</summary>
    public int Target(PtxType type) => Written(Name(Next()), type, mayBeWider: false).Offset;

    /// <summary>A register that takes a result, and may be wider.</summary>
    public (int Offset, int Bytes) WideTarget(PtxType type) => Written(Name(Next()), type, mayBeWider: true);

    /// <summary>A register, a constant or an address of a type.</summary>
    public int Source(PtxType type) => Read(Next(), type, mayBeWider: false).Offset;

    /// <summary>The same, and a register may be wider.</summary>
    public (int Offset, int Bytes) WideSource(PtxType type) => Read(Next(), type, mayBeWider: true);

    /// <summary>A predicate, which the instruction may take negated.</summary>
    public int PredicateSource(out bool negated)
    {
        var operand = Next();
        negated = operand is NotOperand;
        return Read(operand is NotOperand not ? new NameOperand(not.Name) : operand, Predicate, mayBeWider: false).Offset;
    }

    /// <summary>
    /// One or two predicates that take results: <c>p|q</c>; those that are not wanted have a place of their own.
    /// </summary>
    public (int First, int Second) PredicateTargets()
    {
        var operand = Next();
        return operand is PairOperand pair
            ? (SinkOr(pair.First, Predicate), SinkOr(pair.Second, Predicate))
            : (SinkOr(Name(operand), Predicate), scope.Allocate(0));
    }

    /// <summary>A result with a predicate beside it: <c>d|p</c>.</summary>
    public (int Value, int Predicate) TargetWithPredicate(PtxType type)
    {
        var operand = Next();
        return operand is PairOperand pair
            ? (SinkOr(pair.First, type), SinkOr(pair.Second, Predicate))
            : (Written(Name(operand), type, mayBeWider: false).Offset, scope.Allocate(0));
    }

    /// <summary>Registers that take a vector of results; without braces one.</summary>
    public RegisterList VectorTarget(int count, PtxType type, bool mayBeWider) =>
        Vector(count, element => Written(Name(element), type, mayBeWider));

    /// <summary>A vector of sources; without braces one.</summary>
    public RegisterList VectorSource(int count, PtxType type, bool mayBeWider) =>
        Vector(count, element => Read(element, type, mayBeWider));

    /// <summary>Whether the next operand is a vector.</summary>
    public bool IsVector => nextOperand < syntax.Operands.Count && syntax.Operands[nextOperand] is VectorOperand;

    /// <summary>The number of the next vector's elements.</summary>
    public int VectorLength => ((VectorOperand)syntax.Operands[nextOperand]).Elements.Count;

    /// <summary>An address: fills in where the lanes' addresses lie, their width, and the offset.</summary>
    public void Address(StateSpace space) => (Code.A, Code.AddressBytes, Code.Immediate) = AddressOf(space);

    /// <summary>An address of the state space.</summary>
    /// <returns>The register, its width, and the offset to be added.</returns>
    public (int Register, int Bytes, long Offset) AddressOf(StateSpace space)
    {
        if (Next() is not AddressOperand address)
            throw Error("an address in brackets is expected");
        if (address.Base is not { } name)
            return (scope.Constant(sizeof(ulong), 0), sizeof(ulong), address.Offset);
        if (scope.Variable(name) is { } variable)
        {
            if (variable.Space != space && space != StateSpace.Generic)
                throw Error($"{name} is in {variable.Space} memory");
            return (scope.Constant(sizeof(ulong), GenericOf(variable, space)), sizeof(ulong), address.Offset);
        }

        var type = scope.TypeOf(name) ?? throw Error($"{name} is not declared");
        var isNarrow = type.Bytes == sizeof(uint)
            && space is StateSpace.Shared or StateSpace.Local or StateSpace.Parameter or StateSpace.Constant;
        if ((type.Bytes != sizeof(ulong) && !isNarrow) || type.Kind == TypeKind.Float)
            throw Error($"{name} of type {type} cannot hold an address");
        Result.Reads.Add(name);
        return (scope.Offset(name), type.Bytes, address.Offset);
    }

    /// <summary>A parameter's offset.</summary>
    public int ParameterOffset()
    {
        if (Next() is not AddressOperand { Base: { } name } address
            || scope.Variable(name) is not { Space: StateSpace.Parameter } parameter)
        {
            throw Error("a parameter in brackets is expected");
        }

        return (int)((long)parameter.Address + address.Offset);
    }

    /// <summary>A whole number that is written out, within bounds.</summary>
    public int Number(int least, int most) =>
        Next() is IntegerOperand integer && integer.Value >= least && integer.Value <= most
            ? (int)integer.Value
            : throw Error($"a number from {least} to {most} is expected");

    /// <summary>Takes the next operand if it is a whole number that is written out.</summary>
    public bool TakeNumber(out long value)
    {
        value = nextOperand < syntax.Operands.Count && syntax.Operands[nextOperand] is IntegerOperand integer ? integer.Value : 0;
        var taken = nextOperand < syntax.Operands.Count && syntax.Operands[nextOperand] is IntegerOperand;
        nextOperand += taken ? 1 : 0;
        return taken;
    }

    /// <summary>Where a label stands.</summary>
    public int Label()
    {
        var name = Name(Next());
        return scope.Syntax.Labels.TryGetValue(name, out var index) ? index : throw Error($"there is no label {name}");
    }

    /// <summary>Fills in the predicate before the instruction.</summary>
    public void TakeGuard()
    {
        if (syntax.Guard is not { } guard)
            return;
        Result.GuardPredicate = guard.Predicate;
        Code.Predicate = Read(new NameOperand(guard.Predicate), Predicate, mayBeWider: false).Offset;
        Code.Negated = guard.Negated;
    }

    private static PtxType Predicate { get; } = PtxType.Find("pred")!;

    private RegisterList Vector(int count, Func<Operand, (int Offset, int Bytes)> resolve)
    {
        var operand = Next();
        IReadOnlyList<Operand> elements = operand is VectorOperand vector ? vector.Elements : [operand];
        if (elements.Count != count)
            throw Error($"{count} registers are expected, not {elements.Count}");
        var list = scope.Arena.Allocate<int>(count);
        var bytes = 0;
        for (var n = 0; n < count; n++)
        {
            (list[n], var width) = resolve(elements[n]);
            if (n > 0 && width != bytes)
                throw Error("the registers of a vector must have one width");
            bytes = width;
        }

        return new RegisterList(list, bytes);
    }

    private int SinkOr(string name, PtxType type) =>
        name == Sink ? scope.Allocate(type.Bytes) : Written(name, type, mayBeWider: false).Offset;

    private (int Offset, int Bytes) Written(string name, PtxType type, bool mayBeWider)
    {
        if (KernelScope.IsSpecial(name))
            throw Error($"{name} cannot be written");
        var result = Register(name, type, mayBeWider);
        Result.Writes.Add(name);
        return result;
    }

    private (int Offset, int Bytes) Read(Operand operand, PtxType type, bool mayBeWider)
    {
        switch (operand)
        {
            case IntegerOperand integer when type.Kind is not (TypeKind.Float or TypeKind.Predicate):
                return (scope.Constant(type.Bytes, Truncate(integer.Value, type)), type.Bytes);
            case FloatOperand real when type.Kind is TypeKind.Float or TypeKind.Bits && type.Bytes >= sizeof(float):
                return (scope.Constant(type.Bytes, BitsOf(real.Value, type.Bytes)), type.Bytes);
            case NameOperand { Name: var name } when scope.Variable(name) is { } variable:
                if (type.Bytes != sizeof(ulong) && (type.Bytes != sizeof(uint) || variable.Space == StateSpace.Global)
                    || type.Kind == TypeKind.Float)
                {
                    throw Error($"the address of {name} does not fit {type}");
                }

                return (scope.Constant(type.Bytes, variable.Address), type.Bytes);
            case NameOperand { Name: var name }:
                var result = Register(name, type, mayBeWider);
                if (!KernelScope.IsSpecial(name))
                    Result.Reads.Add(name);
                return result;
            default:
                throw Error($"an operand does not fit {type}");
        }
    }

    private (int Offset, int Bytes) Register(string name, PtxType type, bool mayBeWider)
    {
        var own = scope.TypeOf(name) ?? throw Error($"{name} is not declared");
        if (!(mayBeWider ? own.Holds(type) : own.Agrees(type)))
            throw Error($"{name} of type {own} does not fit {type}");
        return (scope.Offset(name), own.Bytes);
    }

    private string Name(Operand operand) => operand is NameOperand name ? name.Name : throw Error("a register is expected");

    private static ulong GenericOf((StateSpace Space, ulong Address) variable, StateSpace space) =>
        space == StateSpace.Generic ? variable.Address + Machine.AddressWindow.StartOf(variable.Space) : variable.Address;

    // A number may be written with or without a sign, but must fit.
    private ulong Truncate(long value, PtxType type)
    {
        if (type.Bytes == sizeof(ulong))
            return (ulong)value;
        var bits = type.Bytes * 8;
        if (value >= 1L << bits || value < -(1L << (bits - 1)))
            throw Error($"{value} does not fit {type}");
        return (ulong)value & ((1UL << bits) - 1);
    }

    private static ulong BitsOf(double value, int bytes) =>
        bytes == sizeof(float) ? BitConverter.SingleToUInt32Bits((float)value) : BitConverter.DoubleToUInt64Bits(value);
}
