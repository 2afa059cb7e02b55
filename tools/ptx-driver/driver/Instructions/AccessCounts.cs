using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>What an access costs a device: sectors of global memory, turns of the banks of shared memory.</summary>
internal static unsafe class AccessCounts
{
    private const int SectorBytes = 32;
    private const int Banks = 32;
    private const int WordBytes = 4;

    /// <summary>
    /// Counts the pieces of 32 bytes that the lanes touch, and the fewest that would do for as many different bytes.
    /// </summary>
    public static void Global(KernelCounters counters, Warp warp, int bytes)
    {
        var sectors = new HashSet<ulong>();
        var starts = new HashSet<ulong>();
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var address = warp.Addresses[LaneMask.First(lanes)];
            starts.Add(address);
            for (var at = address / SectorBytes; at <= (address + (ulong)bytes - 1) / SectorBytes; at++)
                sectors.Add(at);
        }

        counters.Sectors += sectors.Count;
        counters.FewestSectors += ((starts.Count * bytes) + SectorBytes - 1) / SectorBytes;
    }

    /// <summary>
    /// Counts the turns of 32 banks of a word: a turn serves one word a bank, to any number of lanes. Eight bytes a lane go by
    /// half a warp, sixteen by a quarter.
    /// </summary>
    public static void Shared(KernelCounters counters, Warp warp, int bytes)
    {
        var words = Math.Max(1, bytes / WordBytes);
        var lanesOfTurn = Warp.Size / words;
        for (var first = 0; first < Warp.Size; first += lanesOfTurn)
        {
            var wanted = new HashSet<ulong>();
            for (var lane = first; lane < first + lanesOfTurn; lane++)
            {
                for (var n = 0; n < words && (warp.Active >> lane & 1) != 0; n++)
                    wanted.Add((warp.Addresses[lane] / WordBytes) + (ulong)n);
            }

            counters.Wavefronts += wanted.Count == 0 ? 0 : wanted.GroupBy(word => word % Banks).Max(bank => bank.Count());
        }
    }
}
