namespace GpuLstm.Assembler.Model;

/// <summary>
/// Cycles from issue to result of what has no fixed latency. They are guesses, frozen so that figures can be compared from one
/// commit to the next; a run on a GPU is to replace them.
/// </summary>
internal static class Latencies
{
    /// <summary>A load from global memory that the second-level cache has.</summary>
    public const int GlobalLoad = 270;

    /// <summary>From the last warp's arrival at a barrier until the warps go on.</summary>
    public const int GroupBarrier = 25;

    /// <summary>Until the operands of an instruction have been read.</summary>
    public const int OperandsRead = 12;

    private const int Otherwise = 20;

    private static readonly Dictionary<string, int> ByOperation = new()
    {
        ["LDG"] = GlobalLoad,
        ["LDS"] = 29,
        ["LDC"] = 35,
        ["ULDC"] = 12,
        ["S2R"] = 25,
        ["S2UR"] = 25,
        ["MUFU"] = 22,
        ["I2F"] = 22,
        ["F2I"] = 22,
        ["STG"] = 12,
        ["STS"] = 12,
        ["BAR"] = GroupBarrier,
    };

    /// <summary>Cycles until an instruction's result is there.</summary>
    public static int Of(string opcode) =>
        IsWhole(opcode, "LDS") ? 33 : ByOperation.GetValueOrDefault(opcode.Split('.')[0], Otherwise);

    /// <summary>
    /// Cycles that an instruction keeps the shared memory from the other warps of its scheduler, which has a quarter of it: a
    /// warp's 32 words take a cycle, and so do 16 bytes that all its lanes read in common.
    /// </summary>
    public static int SharedMemoryCycles(string opcode)
    {
        const int Schedulers = 4;
        const int CyclesOfWholeStore = 4;
        return opcode.Split('.')[0] switch
        {
            "LDS" => Schedulers,
            "STS" => Schedulers * (IsWhole(opcode, "STS") ? CyclesOfWholeStore : 1),
            _ => 0,
        };
    }

    /// <summary>Whether a shared access is of 16 bytes.</summary>
    private static bool IsWhole(string opcode, string operation) =>
        opcode.StartsWith(operation, StringComparison.Ordinal) && opcode.Contains(".128", StringComparison.Ordinal);
}
