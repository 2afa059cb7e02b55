namespace GpuLstm.Assembler.Sass;

/// <summary>A machine instruction, with the control bits that ptxas gave it.</summary>
/// <param name="Address">Bytes from the kernel's begin.</param>
/// <param name="Text">As nvdisasm writes it, predicate first.</param>
/// <param name="Control">The control bits: from bit 105 of the instruction's 128 on.</param>
/// <remarks>
/// The control bits are those of Volta and later (Jia et al. 2018, "Dissecting the NVIDIA Volta GPU architecture via
/// microbenchmarking"): 4 of stall cycles, 1 to yield, 3 of the barrier that a result sets, 3 of the one that reading the
/// operands sets, 6 of barriers to wait for.
/// </remarks>
internal sealed record SassInstruction(int Address, string Text, int Control)
{
    /// <summary>No barrier.</summary>
    public const int None = 7;

    private const int Barriers = 6;

    /// <summary>Bytes of an instruction.</summary>
    public const int Bytes = 16;

    /// <summary>The opcode with its modifiers, without the predicate.</summary>
    public string Opcode { get; } = OpcodeOf(Text);

    /// <summary>The opcode alone.</summary>
    public string Operation { get; } = OpcodeOf(Text).Split('.')[0];

    /// <summary>Cycles that the warp issues nothing after this one; at least 1.</summary>
    public int Stall => Math.Max(1, Control & 15);

    /// <summary>The barrier that is set until the result is there, or <see cref="None"/>.</summary>
    public int WriteBarrier => (Control >> 5) & 7;

    /// <summary>The barrier that is set until the operands have been read, or <see cref="None"/>.</summary>
    public int ReadBarrier => (Control >> 8) & 7;

    /// <summary>The barriers that have to be clear before this one is issued.</summary>
    public IReadOnlyList<int> WaitsFor { get; } =
    [
        .. Enumerable.Range(0, Barriers).Where(barrier => ((Control >> (11 + barrier)) & 1) != 0),
    ];

    private static string OpcodeOf(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words[words[0].StartsWith('@') ? 1 : 0].TrimEnd(';');
    }
}
