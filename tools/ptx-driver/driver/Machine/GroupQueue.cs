using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// The groups of a launch that are to be run, in order, by one worker or several. Of several faults the one of the first group
/// counts, so that it is the same each time.
/// </summary>
internal sealed unsafe class GroupQueue(
    CompiledKernel kernel, LaunchShape shape, nint parameters, DeviceMemory global, KernelCounters? counters)
{
    private readonly Lock gate = new();
    private int taken;
    private int failed = int.MaxValue;

    /// <summary>What a group failed of, and how to say it; null: none has.</summary>
    public (DriverError Error, string Message)? Failure { get; private set; }

    /// <summary>Runs groups until none is left, or one before them has failed.</summary>
    public void Work()
    {
        using var group = new ThreadGroup(kernel, shape, (byte*)parameters, global, counters);
        int number;
        while ((number = Interlocked.Increment(ref taken) - 1) < Math.Min(shape.Grid.Size, Volatile.Read(ref failed)))
        {
            try
            {
                group.Run(
                    new Size3(number % shape.Grid.X, number / shape.Grid.X % shape.Grid.Y, number / shape.Grid.X / shape.Grid.Y));
            }
            catch (KernelFault fault)
            {
                Fail(number, fault, group);
                return;
            }
        }
    }

    private void Fail(int number, KernelFault fault, ThreadGroup group)
    {
        lock (gate)
        {
            if (number >= failed)
                return;
            failed = number;
            Failure = (fault.Error, Describe(fault, group));
        }
    }

    private string Describe(KernelFault fault, ThreadGroup group)
    {
        var warp = group.Running!;
        var thread = (warp.Index * Warp.Size) + fault.Lane;
        var index = new Size3(
            thread % shape.Group.X, thread / shape.Group.X % shape.Group.Y, thread / shape.Group.X / shape.Group.Y);
        var line = kernel.Code[Math.Max(0, warp.Pc - 1)].Line;
        return $"{kernel.Name}, line {line}: {kernel.LineText(line)}: {fault.Message} "
            + $"(group {group.Index.X},{group.Index.Y},{group.Index.Z}, thread {index.X},{index.Y},{index.Z})";
    }
}
