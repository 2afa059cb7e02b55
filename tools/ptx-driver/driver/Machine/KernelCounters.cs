using System.Numerics;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>What a kernel's launches did: see <see cref="Driver.CounterReport"/>.</summary>
internal sealed class KernelCounters(int codeLength)
{
    private readonly long[] executed = new long[codeLength];
    private readonly long[] lanes = new long[codeLength];

    public long Launches { get; set; }

    public long Groups { get; set; }

    /// <summary>
    /// Pieces of 32 bytes of global memory that accesses touched, and the fewest that would hold as many bytes.
    /// </summary>
    public long Sectors { get; set; }

    public long FewestSectors { get; set; }

    /// <summary>Turns that the banks of shared memory took.</summary>
    public long Wavefronts { get; set; }

    public void Count(int pc, uint active)
    {
        executed[pc]++;
        lanes[pc] += BitOperations.PopCount(active);
    }

    /// <summary>Warp instructions of a kind; null: of all that the text has.</summary>
    public unsafe long Executed(CompiledKernel kernel, InstructionKind? kind) =>
        Sum(executed, pc => kind is { } wanted ? kernel.Code[pc].Kind == wanted : kernel.Code[pc].Kind != InstructionKind.Added);

    /// <summary>Instructions of a kind, counted for each thread.</summary>
    public unsafe long ExecutedByLanes(CompiledKernel kernel, InstructionKind kind) =>
        Sum(lanes, pc => kernel.Code[pc].Kind == kind);

    private static long Sum(long[] counts, Func<int, bool> counted)
    {
        var sum = 0L;
        for (var pc = 0; pc < counts.Length; pc++)
            sum += counted(pc) ? counts[pc] : 0;
        return sum;
    }
}
