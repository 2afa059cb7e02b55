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
        fixed (byte* parameters = arguments)
        {
            using var group = new ThreadGroup(kernel, shape, parameters, global, counters);
            if (counters is not null)
                counters.Launches++;
            try
            {
                for (var z = 0; z < shape.Grid.Z; z++)
                {
                    for (var y = 0; y < shape.Grid.Y; y++)
                    {
                        for (var x = 0; x < shape.Grid.X; x++)
                            group.Run(new Size3(x, y, z));
                    }
                }
            }
            catch (KernelFault fault)
            {
                Report(group, fault);
                return fault.Error;
            }
        }

        return DriverError.Success;
    }

    private void Report(ThreadGroup group, KernelFault fault)
    {
        var warp = group.Running!;
        var thread = (warp.Index * Warp.Size) + fault.Lane;
        var index = new Size3(thread % shape.Group.X, thread / shape.Group.X % shape.Group.Y, thread / shape.Group.X / shape.Group.Y);
        var line = kernel.Code[Math.Max(0, warp.Pc - 1)].Line;
        Messages.Report(
            $"{kernel.Name}, line {line}: {kernel.LineText(line)}: {fault.Message} "
            + $"(group {group.Index.X},{group.Index.Y},{group.Index.Z}, thread {index.X},{index.Y},{index.Z})");
    }
}
