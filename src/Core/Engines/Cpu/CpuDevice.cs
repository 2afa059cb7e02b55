using System.Runtime.InteropServices;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>What the engines on the processor have in common.</summary>
internal static class CpuDevice
{
    private const int Alignment = (int)RegisterWidth.Sixteen;

    /// <summary>The processor's name for the user.</summary>
    public static string Name(WorkerPool pool) =>
        $"{RuntimeInformation.ProcessArchitecture} CPU, {pool.Count} {(pool.Count == 1 ? "thread" : "threads")}";

    /// <summary>Room for all parameters, or one float for each of them, in whole registers.</summary>
    public static PinnedBuffer Allocate(ParameterLayout layout) => new((layout.Length + Alignment - 1) / Alignment * Alignment);
}
