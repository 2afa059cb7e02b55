using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>What an access does with memory.</summary>
internal enum AccessMode
{
    Read,
    Write,
    Atomic,
}

/// <summary>
/// Turns the addresses of a warp's access into pointers, for each state space, after the checks: within live memory, aligned to
/// what one lane moves, and in shared memory without races. A lane that takes no part gets the pointer of the first that does.
/// </summary>
internal static unsafe class Addressing
{
    private const int WordBytes = sizeof(uint);

    // The lowest and the highest address, and the bits that any has.
    private readonly record struct Extent(ulong Low, ulong High, ulong Bits);

    public static void Global(Warp warp, Instruction* code) => CheckGlobal(warp, code, Fill(warp, code));

    public static void Shared(Warp warp, Instruction* code) => CheckShared(warp, code, Fill(warp, code));

    public static void Local(Warp warp, Instruction* code) => CheckLocal(warp, code, Fill(warp, code));

    /// <summary>Whatever space the addresses are in; one for all lanes.</summary>
    public static void Generic(Warp warp, Instruction* code)
    {
        var extent = Fill(warp, code);
        if (AddressWindow.IsShared(extent.Low) && AddressWindow.IsShared(extent.High))
            CheckShared(warp, code, Move(warp, extent, AddressWindow.Shared));
        else if (AddressWindow.IsLocal(extent.Low) && AddressWindow.IsLocal(extent.High))
            CheckLocal(warp, code, Move(warp, extent, AddressWindow.Local));
        else
            CheckGlobal(warp, code, extent);
    }

    private static Extent Fill(Warp warp, Instruction* code)
    {
        var addresses = warp.Addresses;
        var isWide = code->AddressBytes == sizeof(ulong);
        var first = warp.FirstLane;
        var offset = Vector512.Create((ulong)code->Immediate);
        var lead = Vector512.Create(isWide ? warp.Register<ulong>(code->A)[first] : warp.Register<uint>(code->A)[first]) + offset;
        var (low, high, bits) = (lead, lead, lead);
        for (var v = 0; v < Warp.Size / Vector512<ulong>.Count; v++)
        {
            var at = v * Vector512<ulong>.Count;
            var own = isWide
                ? Vector512.Load(warp.Register<ulong>(code->A) + at)
                : Widen(Vector256.Load(warp.Register<uint>(code->A) + at));
            own += offset;
            if (warp.Active != LaneMask.All)
                own = Vector512.ConditionalSelect(LaneMask.Spread<ulong>(warp.Active, v), own, lead);
            own.Store(addresses + at);
            low = Vector512.Min(low, own);
            high = Vector512.Max(high, own);
            bits |= own;
        }

        var extent = new Extent(Least(low), ~Least(~high), Any(bits));
        warp.IsBroadcast = extent.Low == extent.High;
        return extent;
    }

    private static void CheckGlobal(Warp warp, Instruction* code, Extent extent)
    {
        var bytes = (ulong)code->Bytes;
        CheckAlignment(warp, code, extent);
        var block = warp.Group.LastBlock;
        if (extent.Low < block.Start || extent.High + bytes > block.End)
        {
            warp.Group.LastBlock = warp.Group.Global.Find(extent.Low) ?? default;
            if (extent.High + bytes > warp.Group.LastBlock.End)
                CheckBlocks(warp, code);
        }

        if (warp.Group.Counters is { } counters)
            AccessCounts.Global(counters, warp, code->Bytes);
    }

    // Lane by lane: each may be in another piece of memory.
    private static void CheckBlocks(Warp warp, Instruction* code)
    {
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var address = warp.Addresses[lane];
            if (!warp.Group.Global.Contains(address, (ulong)code->Bytes))
            {
                throw new KernelFault(
                    DriverError.IllegalAddress, lane,
                    $"{code->Bytes} bytes at {address:x} are not in memory that is allocated{warp.Group.Global.Near(address)}");
            }
        }
    }

    private static void CheckShared(Warp warp, Instruction* code, Extent extent)
    {
        var shared = warp.Group.Shared;
        if (extent.High + (ulong)code->Bytes > (ulong)shared.Bytes)
        {
            var lane = Find(warp, address => address + (ulong)code->Bytes > (ulong)shared.Bytes);
            throw new KernelFault(
                DriverError.IllegalAddress, lane,
                $"{code->Bytes} bytes at {(long)warp.Addresses[lane]} are not within the {shared.Bytes} bytes of shared memory");
        }

        CheckAlignment(warp, code, extent);
        Watch(warp, code, shared.Races);
        if (warp.Group.Counters is { } counters)
            AccessCounts.Shared(counters, warp, code->Bytes);
        Move(warp, extent, (ulong)-(long)shared.Base);
    }

    // Has the history of shared memory take note of each word, or of each part of one.
    private static void Watch(Warp warp, Instruction* code, SharedRaces races)
    {
        if (code->Bytes < WordBytes)
            WatchParts(warp, code, races);
        else if (code->Mode == (int)AccessMode.Read)
            WatchReads(warp, code, races);
        else
            WatchWrites(warp, code, races);
    }

    // Neighbours that read the same are taken together.
    private static void WatchReads(Warp warp, Instruction* code, SharedRaces races)
    {
        for (var lanes = warp.Active; lanes != 0;)
        {
            var lane = LaneMask.First(lanes);
            var offset = (uint)warp.Addresses[lane];
            var rest = warp.IsBroadcast ? 0 : lanes & (lanes - 1);
            while (rest != 0 && (uint)warp.Addresses[LaneMask.First(rest)] == offset)
                rest &= rest - 1;
            var same = lanes & ~rest;
            lanes = rest;
            for (var n = 0; n < code->Bytes; n += WordBytes)
            {
                if (!races.Read(warp, same, offset + (uint)n))
                    AddUndefined(warp, code, same, n);
            }
        }
    }

    private static void WatchWrites(Warp warp, Instruction* code, SharedRaces races)
    {
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            for (var n = 0; n < code->Bytes; n += WordBytes)
                races.Write(warp, lane, (uint)warp.Addresses[lane] + (uint)n, code->Mode == (int)AccessMode.Atomic);
        }
    }

    private static void WatchParts(Warp warp, Instruction* code, SharedRaces races)
    {
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            if (!races.Touch((uint)warp.Addresses[lane], code->Mode != (int)AccessMode.Read))
                AddUndefined(warp, code, 1u << lane, 0);
        }
    }

    // The register that takes the bytes from an offset on; of a matrix, all of them.
    private static void AddUndefined(Warp warp, Instruction* code, uint lanes, int offset)
    {
        if (code->Data == DataFlow.AcrossLanes)
        {
            for (var n = 0; n < code->Count; n++)
                warp.AddUndefined(code->List[n], LaneMask.All, code->Line);
        }
        else
        {
            warp.AddUndefined(code->List[offset / (code->Bytes / code->Count)], lanes, code->Line);
        }
    }

    private static void CheckLocal(Warp warp, Instruction* code, Extent extent)
    {
        var bytes = warp.Kernel.LocalBytes;
        if (extent.High + (ulong)code->Bytes > (ulong)bytes)
        {
            var lane = Find(warp, address => address + (ulong)code->Bytes > (ulong)bytes);
            throw new KernelFault(
                DriverError.IllegalAddress, lane,
                $"{code->Bytes} bytes at {(long)warp.Addresses[lane]} are not within the {bytes} bytes of local memory");
        }

        CheckAlignment(warp, code, extent);
        warp.IsBroadcast = false;
        var memory = (ulong)ThreadGroup.Local(warp);
        for (var lane = 0; lane < Warp.Size; lane++)
            warp.Addresses[lane] += memory + (ulong)(lane * bytes);
    }

    private static void CheckAlignment(Warp warp, Instruction* code, Extent extent)
    {
        var below = (ulong)code->Bytes - 1;
        if ((extent.Bits & below) != 0)
        {
            var lane = Find(warp, address => (address & below) != 0);
            throw new KernelFault(
                DriverError.MisalignedAddress, lane, $"{code->Bytes} bytes at {warp.Addresses[lane]:x} are not aligned");
        }
    }

    private static Extent Move(Warp warp, Extent extent, ulong start)
    {
        for (var v = 0; v < Warp.Size / Vector512<ulong>.Count; v++)
        {
            var own = warp.Addresses + (v * Vector512<ulong>.Count);
            (Vector512.Load(own) - Vector512.Create(start)).Store(own);
        }

        return new Extent(extent.Low - start, extent.High - start, extent.Bits & ~AddressWindow.Shared & ~AddressWindow.Local);
    }

    private static int Find(Warp warp, Func<ulong, bool> isWrong)
    {
        var lane = warp.FirstLane;
        while (!isWrong(warp.Addresses[lane]))
            lane++;
        return lane;
    }

    private static Vector512<ulong> Widen(Vector256<uint> words)
    {
        var (low, high) = Vector256.Widen(words);
        return Vector512.Create(low, high);
    }

    private static ulong Least(Vector512<ulong> values)
    {
        var four = Vector256.Min(values.GetLower(), values.GetUpper());
        var two = Vector128.Min(four.GetLower(), four.GetUpper());
        return Math.Min(two[0], two[1]);
    }

    private static ulong Any(Vector512<ulong> values)
    {
        var four = values.GetLower() | values.GetUpper();
        var two = four.GetLower() | four.GetUpper();
        return two[0] | two[1];
    }
}
