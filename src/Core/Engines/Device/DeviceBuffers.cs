using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Drivers;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>Buffers on a device that live and go together.</summary>
internal sealed class DeviceBuffers(ComputeDevice device) : IDisposable
{
    private readonly List<IDisposable> buffers = [];

    /// <summary>Allocates <paramref name="length"/> elements, with undefined content.</summary>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public ArrayView<T> Allocate<T>(long length)
        where T : unmanaged
    {
        var buffer = device.Allocate<T>(length);
        buffers.Add(buffer);
        return buffer.View.SubView(0, length);
    }

    /// <summary>Allocates as many elements as there are values, and copies them there.</summary>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public ArrayView<T> Upload<T>(T[] values)
        where T : unmanaged
    {
        var view = Allocate<T>(values.Length);
        if (values.Length > 0)
            view.CopyFromCPU(device.Stream, values);
        return view;
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            DriverResource.Free(buffer);
        buffers.Clear();
    }
}
