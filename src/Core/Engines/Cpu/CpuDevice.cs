using System.Runtime.InteropServices;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>What the engines on the processor have in common.</summary>
internal static class CpuDevice
{
    private const int Alignment = (int)RegisterWidth.Sixteen;

    /// <summary>The processor's name for the user.</summary>
    public static string Name(WorkerPool pool) =>
        $"{RuntimeInformation.ProcessArchitecture} CPU, {pool.Count} {(pool.Count == 1 ? "thread" : "threads")}";

    /// <summary>Room for so many floats in whole registers.</summary>
    public static PinnedBuffer Allocate(int length) => new((length + Alignment - 1L) / Alignment * Alignment);
}
