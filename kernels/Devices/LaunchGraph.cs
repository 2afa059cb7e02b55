using GpuLstm.Kernels.Drivers;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Kernels.Devices;

/// <summary>
/// A run of launches that is queued again and again as a whole, with the arguments that it was recorded with: a CUDA graph. The
/// host then needs microseconds for thousands of launches, and the device less from one to the next.
/// </summary>
public sealed class LaunchGraph : IDisposable
{
    private readonly CudaAccelerator accelerator;
    private nint executable;

    private LaunchGraph(CudaAccelerator accelerator, nint executable)
    {
        this.accelerator = accelerator;
        this.executable = executable;
    }

    /// <summary>Records launches instead of queueing them.</summary>
    /// <param name="stream">What they are queued on.</param>
    /// <param name="launches">Launches, of kernels that were launched before; nothing else.</param>
    /// <exception cref="CudaException">The driver failed.</exception>
    internal static LaunchGraph Record(CudaStream stream, Action launches)
    {
        var recorder = (CudaAccelerator)stream.Accelerator;
        using var binding = recorder.BindScoped();
        CudaDriver.BeginCapture(stream.StreamPtr);
        try
        {
            launches();
        }
        catch
        {
            CudaDriver.AbandonCapture(stream.StreamPtr);
            throw;
        }

        var graph = CudaDriver.EndCapture(stream.StreamPtr);
        try
        {
            return new LaunchGraph(recorder, CudaDriver.InstantiateGraph(graph));
        }
        finally
        {
            CudaDriver.DestroyGraph(graph);
        }
    }

    /// <summary>Queues all of it.</summary>
    /// <exception cref="CudaException">The driver failed.</exception>
    internal void Launch(CudaStream stream)
    {
        using var binding = accelerator.BindScoped();
        CudaDriver.LaunchGraph(executable, stream.StreamPtr);
    }

    /// <summary>Frees it; the device must be open, and need not be done with it.</summary>
    public void Dispose()
    {
        if (executable == 0)
            return;
        using var binding = accelerator.BindScoped();
        CudaDriver.DestroyExecutableGraph(executable);
        executable = 0;
    }
}
