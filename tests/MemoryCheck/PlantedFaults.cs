using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.MemoryCheck;

/// <summary>Kernels with a fault each, to show that the memory checker sees it.</summary>
internal static class PlantedFaults
{
    public const string Race = "planted race";
    public const string Overflow = "planted overflow";

    private const int Threads = 8;

    public struct Arguments
    {
        /// <summary>[<see cref="Threads"/>].</summary>
        public ArrayView<float> Values;
    }

    /// <summary>Each thread reads its neighbour's element without a barrier between.</summary>
    [DeviceKernel]
    internal static void RaceKernel(Arguments a)
    {
        var thread = Group.IdxX;
        a.Values[thread] = thread;
        a.Values[thread] += a.Values[(thread + 1) % Threads];
    }

    /// <summary>The last thread writes one element behind the buffer.</summary>
    [DeviceKernel]
    internal static void OverflowKernel(Arguments a) => a.Values[Group.IdxX + 1] = 1f;

    public static void RunRace(ComputeDevice device) => Run(device, RaceKernel);

    public static void RunOverflow(ComputeDevice device) => Run(device, OverflowKernel);

    private static void Run(ComputeDevice device, Action<Arguments> kernel)
    {
        using var values = device.Allocate<float>(Threads);
        device.Launch(kernel, new Arguments { Values = values.View }, new Index3D(1, 1, 1), new Index3D(Threads, 1, 1), default);
        device.Synchronize();
    }
}
