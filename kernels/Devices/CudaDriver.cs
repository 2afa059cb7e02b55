using System.Runtime.InteropServices;
using GpuLstm.Kernels.Loading;
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

    /// <summary>Lets launches of a kernel ask for so much shared memory, and has the driver reckon whether a group finds room.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="name">For the message.</param>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="dynamicSharedBytes">Shared memory that a launch asks for.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    /// <exception cref="KernelLoadException">A multiprocessor has too few registers or too little shared memory for one group.</exception>
    public static void CheckResources(CudaKernel kernel, string name, int groupSize, int dynamicSharedBytes)
    {
        if (dynamicSharedBytes > 0)
            CudaException.ThrowIfFailed(SetFunctionAttribute(kernel.FunctionPtr, MaxDynamicSharedSizeBytes, dynamicSharedBytes));
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.ComputeOccupancyMaxActiveBlocksPerMultiprocessor(
            out var groups, kernel.FunctionPtr, groupSize, dynamicSharedBytes));
        if (groups == 0)
        {
            throw new KernelLoadException(
                $"the kernel {name} needs more registers or shared memory for a group of {groupSize} threads and {dynamicSharedBytes} bytes than a multiprocessor has");
        }
    }

    [LibraryImport("cuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial CudaError SetFunctionAttribute(nint function, int attribute, int value);
}
