using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>A launch of a kernel with its arguments.</summary>
internal sealed unsafe class KernelLaunch(CompiledKernel kernel, LaunchShape shape, byte[] arguments)
{
    /// <summary>Runs all groups.</summary>
    /// <param name="global">The device's memory.</param>
    /// <param name="counters">Where to count; null: nowhere.</param>
    /// <returns>Success, or what the driver's API returns from then on.</returns>
    public DriverError Run(DeviceMemory global, KernelCounters? counters)
    {
        if (counters is not null)
            counters.Launches++;
        fixed (byte* parameters = arguments)
        {
            var queue = new GroupQueue(kernel, shape, (nint)parameters, global, counters);
            // Neither atomics nor counting would be whole on two processors at once.
            var workers = counters is null && !kernel.HasAtomics ? Math.Min(Environment.ProcessorCount, shape.Grid.Size) : 1;
            if (workers == 1)
                queue.Work();
            else
                Parallel.For(0, workers, _ => queue.Work());
            if (queue.Failure is not { } failure)
                return DriverError.Success;
            Messages.Report(failure.Message);
            return failure.Error;
        }
    }
}
