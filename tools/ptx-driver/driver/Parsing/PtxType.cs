namespace GpuLstm.PtxDriver.Parsing;

/// <summary>What the bits of a type mean.</summary>
internal enum TypeKind
{
    Predicate,
    Bits,
    Unsigned,
    Signed,
    Float,
}

/// <summary>A fundamental type of PTX.</summary>
/// <param name="Name">As PTX writes it, without the dot.</param>
/// <param name="Kind">What its bits mean.</param>
/// <param name="Bytes">Its width; 0 of a predicate.</param>
internal sealed record PtxType(string Name, TypeKind Kind, int Bytes)
{
    private static readonly Dictionary<string, PtxType> ByName = new[]
    {
        new PtxType("pred", TypeKind.Predicate, 0),
        new PtxType("b8", TypeKind.Bits, 1), new PtxType("b16", TypeKind.Bits, 2), new PtxType("b32", TypeKind.Bits, 4),
        new PtxType("b64", TypeKind.Bits, 8),
        new PtxType("u8", TypeKind.Unsigned, 1), new PtxType("u16", TypeKind.Unsigned, 2),
        new PtxType("u32", TypeKind.Unsigned, 4), new PtxType("u64", TypeKind.Unsigned, 8),
        new PtxType("s8", TypeKind.Signed, 1), new PtxType("s16", TypeKind.Signed, 2), new PtxType("s32", TypeKind.Signed, 4),
        new PtxType("s64", TypeKind.Signed, 8),
        new PtxType("f16", TypeKind.Float, 2), new PtxType("f32", TypeKind.Float, 4), new PtxType("f64", TypeKind.Float, 8),
        new PtxType("bf16", TypeKind.Bits, 2), new PtxType("tf32", TypeKind.Bits, 4), new PtxType("bf16x2", TypeKind.Bits, 4),
        new PtxType("f16x2", TypeKind.Bits, 4),
    }.ToDictionary(type => type.Name);

    public bool IsInteger => Kind is TypeKind.Signed or TypeKind.Unsigned;

    /// <summary>The type of a name, or null where it is none.</summary>
    public static PtxType? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>
    /// Whether a register of this type can be an operand of an instruction of <paramref name="other"/>, by PTX's rule: untyped
    /// bits go with everything of their width, integers with integers, floats with floats.
    /// </summary>
    public bool Agrees(PtxType other) =>
        Bytes == other.Bytes
            && (Kind == other.Kind || (Kind != TypeKind.Predicate && other.Kind != TypeKind.Predicate && SameFamily(other)));

    /// <summary>
    /// Whether a register of this type can take or give a value of a memory or conversion type, where it may be wider.
    /// </summary>
    public bool Holds(PtxType other) =>
        Agrees(other) || (Bytes > other.Bytes && other.Bytes > 0 && Kind != TypeKind.Float && other.Kind != TypeKind.Float);

    private bool SameFamily(PtxType other) =>
        Kind == TypeKind.Bits || other.Kind == TypeKind.Bits || (Kind == TypeKind.Float) == (other.Kind == TypeKind.Float);

    public override string ToString() => "." + Name;
}
