using System.Globalization;
using GpuLstm.Kernels.Drivers;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Kernels.Devices;

/// <summary>Turns the drivers' failures into one line that a user can act on.</summary>
internal static class DeviceErrors
{
    private static readonly CLError[] OpenClOutOfMemory =
    [
        CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE, CLError.CL_OUT_OF_RESOURCES, CLError.CL_OUT_OF_HOST_MEMORY,
        CLError.CL_INVALID_BUFFER_SIZE,
    ];

    /// <summary>True for what <see cref="Translate"/> can explain.</summary>
    public static bool Explains(Exception exception) =>
        exception is AcceleratorException or OutOfMemoryException or KernelLoadException;

    /// <param name="exception">The driver's failure.</param>
    /// <param name="device">Where it happened.</param>
    /// <param name="bytes">The bytes asked for, where it was an allocation; else 0.</param>
    public static DeviceException Translate(Exception exception, DeviceInfo device, long bytes = 0)
    {
        if (!IsOutOfMemory(exception))
        {
            var reason = exception.Message.ReplaceLineEndings(" ").Trim();
            return new DeviceException(
                $"{device.Name} failed: {reason}; the command verify shows whether its driver can be trusted", exception);
        }

        var asked = bytes > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" ({bytes / 1e6:F0} MB asked for at once, {device.MemoryBytes / 1e6:F0} MB in all)")
            : "";
        return new DeviceException($"{device.Name} is out of memory{asked}", exception);
    }

    /// <summary>True where a device's memory does not suffice.</summary>
    public static bool IsOutOfMemory(Exception exception) => exception switch
    {
        OutOfMemoryException => true,
        CudaException cuda => cuda.Error == nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY),
        CLException opencl => OpenClOutOfMemory.Contains(opencl.Error),
        _ => false,
    };
}
