namespace GpuLstm.PtxDriver.Translation;

/// <summary>Where control goes after an instruction.</summary>
internal enum ControlFlow
{
    Next,
    Branch,
    End,
}

/// <summary>An instruction with what the translation must know of it.</summary>
internal sealed class DecodedInstruction
{
    public Instruction Code;

    /// <summary>The registers that it reads and writes, by their names.</summary>
    public List<string> Reads { get; } = [];

    public List<string> Writes { get; } = [];

    /// <summary>The predicate before the instruction.</summary>
    public string? GuardPredicate { get; set; }

    public bool HasGuard => GuardPredicate is not null;

    public ControlFlow Flow { get; set; }

    /// <summary>The index of the instruction that it branches to.</summary>
    public int Target { get; set; } = -1;
}
