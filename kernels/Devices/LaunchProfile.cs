using GpuLstm.Kernels.Loading;
using ILGPU.Runtime;

namespace GpuLstm.Kernels.Devices;

/// <summary>What a kernel's launches came to.</summary>
/// <param name="Kernel">The operation and the kernel.</param>
/// <param name="Launches">How often it was launched.</param>
/// <param name="Time">On the device, all launches together.</param>
/// <param name="Bytes">Bytes of global memory, as estimated.</param>
/// <param name="Operations">Floating-point operations, as estimated.</param>
public sealed record KernelTotals(string Kernel, int Launches, TimeSpan Time, long Bytes, long Operations);

/// <summary>The time on the device of every launch, by kernel. The device must have been opened for it.</summary>
public sealed class LaunchProfile
{
    private readonly List<(string Kernel, KernelWork Work, ProfilingMarker Begin, ProfilingMarker End)> pending = [];
    private readonly Dictionary<string, KernelTotals> totals = [];

    /// <summary>Per kernel, in the order in which they were first launched. Waits for the device.</summary>
    public IReadOnlyList<KernelTotals> Totals
    {
        get
        {
            foreach (var (kernel, work, begin, end) in pending)
            {
                var sum = totals.GetValueOrDefault(kernel, new KernelTotals(kernel, 0, default, 0, 0));
                totals[kernel] = sum with
                {
                    Launches = sum.Launches + 1,
                    Time = sum.Time + end.MeasureFrom(begin),
                    Bytes = sum.Bytes + work.Bytes,
                    Operations = sum.Operations + work.Operations,
                };
                begin.Dispose();
                end.Dispose();
            }

            pending.Clear();
            return [.. totals.Values];
        }
    }

    internal static ProfilingMarker Begin(AcceleratorStream stream) => stream.AddProfilingMarker();

    internal void End(AcceleratorStream stream, Delegate kernel, KernelWork work, ProfilingMarker begin) =>
        pending.Add((KernelName.Of(kernel.Method), work, begin, stream.AddProfilingMarker()));
}
