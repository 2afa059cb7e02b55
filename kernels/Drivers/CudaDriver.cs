using System.Runtime.InteropServices;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Kernels.Drivers;

/// <summary>
/// What ILGPU does not ask the CUDA driver for: more than 48 KB of shared memory for a group, and graphs of launches.
/// </summary>
internal static partial class CudaDriver
{
    private const DeviceAttributeKind MaxSharedMemoryPerBlockOptIn = (DeviceAttributeKind)97;
    private const int MaxDynamicSharedSizeBytes = 8;
    private const int CaptureModeThreadLocal = 1;

    /// <summary>The most shared memory that a group can have where it is asked for (227 KB on Hopper).</summary>
    public static int MaxSharedBytes(Accelerator accelerator) =>
        CudaAPI.CurrentAPI.GetDeviceAttribute(MaxSharedMemoryPerBlockOptIn, ((CudaAccelerator)accelerator).DeviceId);

    /// <summary>
    /// Lets launches of a kernel ask for so much shared memory, and has the driver compute whether a group finds room.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="name">For the message.</param>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="dynamicSharedBytes">Shared memory that a launch asks for.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    /// <exception cref="KernelLoadException">
    /// A multiprocessor has too few registers or too little shared memory for one group.
    /// </exception>
    public static void CheckResources(CudaKernel kernel, string name, int groupSize, int dynamicSharedBytes)
    {
        using var binding = kernel.Accelerator.BindScoped(); // the thread that loaded the kernel need not be bound any more
        if (dynamicSharedBytes > 0)
            CudaException.ThrowIfFailed(SetFunctionAttribute(kernel.FunctionPtr, MaxDynamicSharedSizeBytes, dynamicSharedBytes));
        CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.ComputeOccupancyMaxActiveBlocksPerMultiprocessor(
            out var groups, kernel.FunctionPtr, groupSize, dynamicSharedBytes));
        if (groups == 0)
        {
            throw new KernelLoadException(
                $"the kernel {name} needs more registers or shared memory for a group of {groupSize} threads and "
                + $"{dynamicSharedBytes} bytes than a multiprocessor has");
        }
    }

    /// <summary>From here on launches of this thread on the stream are recorded, not done.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static void BeginCapture(nint stream) =>
        CudaException.ThrowIfFailed(StreamBeginCapture(stream, CaptureModeThreadLocal));

    /// <summary>Ends the recording.</summary>
    /// <exception cref="CudaException">Something was done meanwhile that cannot be recorded.</exception>
    public static nint EndCapture(nint stream)
    {
        CudaException.ThrowIfFailed(StreamEndCapture(stream, out var graph));
        return graph;
    }

    /// <summary>Ends the recording and forgets it.</summary>
    public static void AbandonCapture(nint stream)
    {
        if (StreamEndCapture(stream, out var graph) == CudaError.CUDA_SUCCESS)
            DestroyGraph(graph);
    }

    /// <summary>Makes a recorded graph ready for launches.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static nint InstantiateGraph(nint graph)
    {
        CudaException.ThrowIfFailed(GraphInstantiate(out var executable, graph, 0));
        return executable;
    }

    /// <summary>Queues a graph.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static void LaunchGraph(nint executable, nint stream) => CudaException.ThrowIfFailed(GraphLaunch(executable, stream));

    /// <summary>Frees a recorded graph.</summary>
    public static void DestroyGraph(nint graph) => _ = GraphDestroy(graph);

    /// <summary>Frees a graph that was made ready.</summary>
    public static void DestroyExecutableGraph(nint executable) => _ = GraphExecDestroy(executable);

    [LibraryImport("cuda", EntryPoint = "cuFuncSetAttribute")]
    private static partial CudaError SetFunctionAttribute(nint function, int attribute, int value);

    [LibraryImport("cuda", EntryPoint = "cuStreamBeginCapture_v2")]
    private static partial CudaError StreamBeginCapture(nint stream, int mode);

    [LibraryImport("cuda", EntryPoint = "cuStreamEndCapture")]
    private static partial CudaError StreamEndCapture(nint stream, out nint graph);

    [LibraryImport("cuda", EntryPoint = "cuGraphInstantiateWithFlags")]
    private static partial CudaError GraphInstantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport("cuda", EntryPoint = "cuGraphLaunch")]
    private static partial CudaError GraphLaunch(nint executable, nint stream);

    [LibraryImport("cuda", EntryPoint = "cuGraphDestroy")]
    private static partial CudaError GraphDestroy(nint graph);

    [LibraryImport("cuda", EntryPoint = "cuGraphExecDestroy")]
    private static partial CudaError GraphExecDestroy(nint executable);
}
