namespace GpuLstm.PtxDriver.Translation;

/// <summary>What the counters make of an instruction.</summary>
internal enum InstructionKind
{
    Other,

    /// <summary>Stands for nothing in the text: a jump or a check that the translation added.</summary>
    Added,

    /// <summary>A float32 multiplication, with or without a sum.</summary>
    Product,
    GlobalLoad,
    GlobalStore,
    Shared,
    Barrier,
    MatrixProduct,
}

/// <summary>What an instruction does with the values that it takes.</summary>
internal enum DataFlow
{
    /// <summary>Each lane computes its result of its own.</summary>
    InLane,

    /// <summary>Each lane takes one of two, by a predicate.</summary>
    Choice,
    AcrossLanes,
    FromMemory,
    ToShared,

    /// <summary>Writes them where others see them.</summary>
    ToMemory,
}

/// <summary>
/// An instruction as the interpreter runs it: what to call, and operands as offsets into a warp's register file, where constants
/// and special registers are too. It is in unmanaged memory.
/// </summary>
internal unsafe struct Instruction
{
    /// <summary>Does it for the lanes that are active.</summary>
    public Handler Execute;

    /// <summary>Of an instruction with a predicate: does it for the lanes whose predicate holds.</summary>
    public Handler Guarded;

    /// <summary>Of an access to memory: turns the lanes' addresses into pointers, after checking them.</summary>
    public Handler Resolve;

    /// <summary>The result, and a second one.</summary>
    public int D, E;

    /// <summary>The sources; A holds the addresses of an access to memory.</summary>
    public int A, B, C;

    /// <summary>The predicate, and whether it must not hold.</summary>
    public int Predicate;
    public bool Negated;

    /// <summary>Whether a predicate among the sources is taken negated.</summary>
    public bool NegatedSource;

    /// <summary>What a kind of instruction has beside operands.</summary>
    public int Mode;

    /// <summary>The offset of an address, a constant shift, a truth table.</summary>
    public long Immediate;

    /// <summary>Further operands: the elements of vectors and fragments.</summary>
    public int* List;

    /// <summary>The number of elements of a vector.</summary>
    public int Count;

    /// <summary>The bytes of an access by one lane.</summary>
    public int Bytes;

    /// <summary>The width of the registers at a conversion, and of an address, in bytes.</summary>
    public int RegisterBytes, AddressBytes;

    /// <summary>Where a branch goes.</summary>
    public int Target;

    /// <summary>The line of the text, from 1.</summary>
    public int Line;

    public InstructionKind Kind;

    public DataFlow Data;

    /// <summary>
    /// The registers that it reads and writes, without constants, special registers and the predicate before it.
    /// </summary>
    public int* Reads, Writes;
    public int ReadCount, WriteCount;
}
