using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Kernels.Devices;

/// <summary>What ILGPU does not ask the CUDA driver for: more than 48 KB of shared memory for a group.</summary>
internal static partial class CudaDriver
{
    private const DeviceAttributeKind MaxSharedMemoryPerBlockOptIn = (DeviceAttributeKind)97;
    private const int MaxDynamicSharedSizeBytes = 8;

    /// <summary>The most shared memory that a group can have where it is asked for (227 KB on Hopper).</summary>
    public static int MaxSharedBytes(Accelerator accelerator) =>
        CudaAPI.CurrentAPI.GetDeviceAttribute(MaxSharedMemoryPerBlockOptIn, ((CudaAccelerator)accelerator).DeviceId);

    /// <summary>Lets launches of a kernel ask for so much shared memory.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static void AllowSharedBytes(CudaKernel kernel, int bytes) =>
        CudaException.ThrowIfFailed(SetFunctionAttribute(kernel.FunctionPtr, MaxDynamicSharedSizeBytes, bytes));

    [LibraryImport("cuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial CudaError SetFunctionAttribute(nint function, int attribute, int value);
}
