using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Drivers;
using GpuLstm.Parameters;
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

    /// <summary>A tensor's part of a flat buffer.</summary>
    public static ArrayView<float> Part(ArrayView<float> flat, ParameterTensor tensor) =>
        flat.SubView(tensor.Offset, tensor.Length);

    /// <summary>Copies elements to the host, and waits for them.</summary>
    public static void Download(ComputeDevice device, ArrayView<float> source, Span<float> target)
    {
        if (source.Length > 0)
            source.CopyToCPU(device.Stream, target[..source.IntLength]);
        device.Synchronize();
    }

    /// <summary>A number of elements that kernels can count with 32 bits.</summary>
    /// <exception cref="UserErrorException">It is too large.</exception>
    public static long Bounded(long elements) => elements <= EngineLimits.MaxElements
        ? elements
        : throw new UserErrorException(
            $"this model needs scratch of {elements:N0} values on a device, more than {EngineLimits.MaxElements:N0}; "
            + $"use a smaller {Setting.HiddenSize} or {Setting.MaxRows}");

    public void Dispose()
    {
        foreach (var buffer in buffers)
            DriverResource.Free(buffer);
        buffers.Clear();
    }
}
