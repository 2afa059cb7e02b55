using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// The groups of a launch that a worker runs, one after the other, in order. A group's warps run by turns, each until it ends or
/// waits at a barrier.
/// </summary>
internal sealed unsafe class ThreadGroup : IDisposable
{
    private const int Alignment = 64;
    private const int AddressBytes = Warp.Size * sizeof(ulong);
    private const int MaxTurns = 1 << 12; // of a group in which no warp gets on: some 2^28 jumps back

    private readonly LaunchShape shape;
    private readonly CompiledKernel kernel;
    private readonly Warp[] warps;
    private readonly byte* memory;

    /// <summary>Prepares memory and registers for groups of a launch.</summary>
    public ThreadGroup(CompiledKernel kernel, LaunchShape shape, byte* parameters, DeviceMemory global, KernelCounters? counters)
    {
        this.kernel = kernel;
        this.shape = shape;
        Parameters = parameters;
        Global = global;
        Counters = counters;
        Shared = new SharedMemory(kernel.StaticSharedBytes + shape.DynamicSharedBytes);
        var threads = shape.Group.Size;
        var bytes = kernel.RegisterBytes + AddressBytes + (kernel.LocalBytes * Warp.Size);
        bytes = (bytes + Alignment - 1) / Alignment * Alignment;
        warps = new Warp[Warp.CountOf(threads)];
        memory = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes * warps.Length), Alignment);
        NativeMemory.Clear(memory, (nuint)(bytes * warps.Length));
        for (var index = 0; index < warps.Length; index++)
        {
            warps[index] = new Warp(kernel, this, index, memory + (bytes * index));
            kernel.WriteConstants(warps[index]);
        }
    }

    public SharedMemory Shared { get; }

    public DeviceMemory Global { get; }

    /// <summary>The kernel's arguments.</summary>
    public byte* Parameters { get; }

    /// <summary>Where what happens is counted; null: nowhere.</summary>
    public KernelCounters? Counters { get; }

    public LaunchShape Shape => shape;

    /// <summary>The group that runs.</summary>
    public Size3 Index { get; private set; }

    /// <summary>The warp that runs, to say where a fault happened.</summary>
    public Warp? Running { get; private set; }

    /// <summary>The piece of global memory that was used last.</summary>
    public DeviceMemory.Block LastBlock { get; set; }

    /// <summary>The local memory of a warp: a piece for each lane.</summary>
    public static byte* Local(Warp warp) => (byte*)warp.Addresses + AddressBytes;

    /// <summary>Runs a group from beginning to end.</summary>
    public void Run(Size3 index)
    {
        Index = index;
        Shared.Begin();
        foreach (var warp in warps)
        {
            var left = shape.Group.Size - (warp.Index * Warp.Size);
            warp.Begin(left >= Warp.Size ? LaneMask.All : (1u << left) - 1);
            kernel.WriteSpecialRegisters(warp);
        }

        for (var turn = 0; !HasEnded(); turn++)
        {
            if (turn == MaxTurns)
            {
                throw new KernelFault(
                    DriverError.LaunchTimeout, 0,
                    "runs without an end: it may wait for another group, and groups run one after the other");
            }

            var allWait = true;
            foreach (var warp in warps)
            {
                Running = warp;
                allWait &= warp.Run();
            }

            if (!allWait)
                continue;
            turn = 0;
            Release();
        }

        if (Counters is not null)
            Counters.Groups++;
    }

    public void Dispose()
    {
        Shared.Dispose();
        NativeMemory.AlignedFree(memory);
    }

    private bool HasEnded() => Array.TrueForAll(warps, warp => warp.Live == 0);

    // All that live wait. A thread that has ended does not hold up a barrier.
    private void Release()
    {
        var waiting = warps.Where(warp => warp.Live != 0).ToArray();
        if (waiting.Length == 0)
            return;
        foreach (var warp in waiting)
        {
            Running = warp;
            if (warp.Arrival.Barrier != waiting[0].Arrival.Barrier || warp.Arrival.Reduction != waiting[0].Arrival.Reduction)
            {
                throw new KernelFault(
                    DriverError.LaunchFailed, LaneMask.First(warp.Live),
                    "waits at another barrier than other threads of the group");
            }
        }

        Barriers.Reduce(waiting);
        Shared.Races.GroupBarrier();
        foreach (var warp in waiting)
            warp.Release();
    }
}
