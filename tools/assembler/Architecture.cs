namespace GpuLstm.Assembler;

/// <summary>
/// What a multiprocessor of an architecture has; CUDA C++ Programming Guide, "Technical specifications per compute capability".
/// </summary>
/// <param name="Name">As ptxas knows it.</param>
/// <param name="Threads">The most threads at once.</param>
/// <param name="Groups">The most groups at once.</param>
/// <param name="SharedBytes">Shared memory of all groups together.</param>
/// <param name="ReservedBytes">Of that, what each group loses to the system.</param>
internal sealed record Architecture(string Name, int Threads, int Groups, int SharedBytes, int ReservedBytes)
{
    private const int Registers = 65_536;
    private const int RegistersAtOnce = 256; // a warp gets as many more at a time
    private const int LanesOfWarp = 32;
    private const int SharedAtOnce = 128;
    private const int Kilobyte = 1024;

    /// <summary>All that the check knows.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new("sm_75", 1024, 16, 64 * Kilobyte, 0),
        new("sm_80", 2048, 32, 164 * Kilobyte, Kilobyte),
        new("sm_86", 1536, 16, 100 * Kilobyte, Kilobyte),
        new("sm_89", 1536, 24, 100 * Kilobyte, Kilobyte),
        new("sm_90", 2048, 32, 228 * Kilobyte, Kilobyte),
    ];

    /// <summary>The most shared memory of a group.</summary>
    public int MaxSharedBytes => SharedBytes - ReservedBytes;

    /// <summary>Groups that run on a multiprocessor side by side; 0: not one.</summary>
    public int GroupsOf(int threads, int registers, int sharedBytes)
    {
        var warps = RoundUp(threads, LanesOfWarp) / LanesOfWarp;
        var registersOfGroup = warps * RoundUp(registers * LanesOfWarp, RegistersAtOnce);
        var sharedOfGroup = RoundUp(sharedBytes + ReservedBytes, SharedAtOnce);
        return new[]
        {
            Groups,
            Threads / (warps * LanesOfWarp),
            Registers / registersOfGroup,
            sharedOfGroup == 0 ? Groups : SharedBytes / sharedOfGroup,
        }.Min();
    }

    private static int RoundUp(int number, int step) => (number + step - 1) / step * step;
}
