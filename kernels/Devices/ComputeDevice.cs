using GpuLstm.Kernels.Drivers;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Kernels.Devices;

/// <summary>
/// An open device: its memory, its one in-order stream, and the kernels loaded on it. Launches are queued; nothing has
/// happened for certain until <see cref="Synchronize"/> or a copy back to the host returns. Not thread-safe.
/// </summary>
public sealed class ComputeDevice : IDisposable
{
    /// <summary>The most threads that a kernel puts in one group, unless it is a kernel for CUDA alone.</summary>
    public const int LargestGroup = ColumnSum.MaxThreads;

    private const int PartsOfColumn = 8;

    private readonly Context context;
    private readonly KernelLoader loader;
    private readonly Lazy<int> maxSharedBytes;

    internal ComputeDevice(Context context, Accelerator accelerator, DeviceInfo info)
    {
        this.context = context;
        Accelerator = accelerator;
        Info = info;
        // What is queued on CUDA's default stream cannot be recorded; one that waits for it, and is waited for, is as safe.
        Stream = accelerator is CudaAccelerator cuda
            ? cuda.CreateStream(StreamFlags.CU_STREAM_DEFAULT)
            : accelerator.DefaultStream;
        loader = new KernelLoader(accelerator);
        maxSharedBytes = new Lazy<int>(() => CudaDriver.MaxSharedBytes(accelerator));
    }

    /// <summary>What the device is.</summary>
    public DeviceInfo Info { get; }

    /// <summary>ILGPU's accelerator, for views and copies.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>The stream that every launch and copy goes through, in order.</summary>
    public AcceleratorStream Stream { get; }

    /// <summary>
    /// The most threads that a launcher here puts in one group. The simulator runs every thread of a group as a thread
    /// of the operating system, so it gets few.
    /// </summary>
    public int MaxGroupSize => Math.Min(LargestGroup, Info.MaxGroupSize);

    /// <summary>
    /// True for a processor behind OpenCL and for the simulator, where the threads of a group run one after another, a barrier is
    /// dear, and a thread should have much to do; and for devices whose groups are too small for the kernels of GPUs.
    /// </summary>
    public bool RunsGroupsSerially => !Info.IsGpu || Info.MaxGroupSize < LargestGroup;

    /// <summary>Allocates <paramref name="length"/> elements (one at least), with undefined content.</summary>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length)
        where T : unmanaged
    {
        try
        {
            return Accelerator.Allocate1D<T>(Math.Max(1, length));
        }
        catch (Exception e) when (DeviceErrors.Explains(e))
        {
            throw Translate(e, length * Interop.SizeOf<T>());
        }
    }

    /// <summary>Where set, takes the time of every launch; for a device that was opened for profiling.</summary>
    public LaunchProfile? Profile { get; set; }

    /// <summary>
    /// Makes what is thrown of the exception that the device's memory does not suffice: the caller knows what could be smaller.
    /// </summary>
    public Func<DeviceException, DeviceException> OutOfMemory { get; set; } = exception => exception;

    /// <summary>Queues <paramref name="kernel"/> with a thread for each of <paramref name="count"/> elements.</summary>
    public void LaunchElementwise<TArguments>(Action<TArguments> kernel, TArguments arguments, int count, KernelWork work)
        where TArguments : struct
    {
        // Always the same group size: some OpenCL drivers compile a kernel anew for each.
        Launch(
            kernel, arguments, new Index3D((count + MaxGroupSize - 1) / MaxGroupSize, 1, 1), new Index3D(MaxGroupSize, 1, 1),
            work);
    }

    /// <summary>
    /// Queues <paramref name="kernel"/>, which sums <paramref name="columns"/> columns in several parts each
    /// (<see cref="ColumnSum"/>). On a processor a column is a single part, as there is nothing to gain by more.
    /// </summary>
    public void LaunchColumnSums<TArguments>(Action<TArguments> kernel, TArguments arguments, int columns, KernelWork work)
        where TArguments : struct
    {
        var parts = RunsGroupsSerially ? 1 : PartsOfColumn;
        var columnsInGroup = MaxGroupSize / parts;
        Launch(
            kernel, arguments, new Index3D((columns + columnsInGroup - 1) / columnsInGroup, 1, 1),
            new Index3D(columnsInGroup, parts, 1), work);
    }

    /// <summary>Whether the device can run groups of so many threads with so much shared memory.</summary>
    /// <param name="groupSize">Threads.</param>
    /// <param name="staticSharedBytes">Shared memory that the kernel declares.</param>
    /// <param name="dynamicSharedBytes">Shared memory that a launch asks for; CUDA alone has it.</param>
    public bool Fits(int groupSize, int staticSharedBytes, int dynamicSharedBytes)
    {
        // What registers an OpenCL driver gives a thread is not known, so its groups stay small.
        var isCuda = Info.Kind == AcceleratorKind.Cuda;
        return groupSize <= (isCuda ? Info.MaxGroupSize : MaxGroupSize)
            && staticSharedBytes <= Accelerator.MaxSharedMemoryPerGroup
            && (dynamicSharedBytes == 0 || (isCuda && staticSharedBytes + dynamicSharedBytes <= maxSharedBytes.Value));
    }

    /// <summary>Queues <paramref name="kernel"/> on a grid of groups.</summary>
    public void Launch<TArguments>(
        Action<TArguments> kernel, TArguments arguments, Index3D groups, Index3D groupSize, KernelWork work,
        int dynamicSharedBytes = 0)
        where TArguments : struct
    {
        if (groups.Size == 0)
            return;
        try
        {
            var shared = dynamicSharedBytes == 0 ? default : SharedMemoryConfig.RequestDynamic<byte>(dynamicSharedBytes);
            var launch = loader.Load(kernel, groupSize.Size, dynamicSharedBytes);
            var begin = Profile is null ? null : LaunchProfile.Begin(Stream);
            launch(Stream, new KernelConfig(groups, groupSize, shared), arguments);
            Profile?.End(Stream, kernel, work, begin!);
        }
        catch (Exception e) when (DeviceErrors.Explains(e))
        {
            throw Translate(e);
        }
    }

    /// <summary>
    /// Records launches instead of queueing them, for <see cref="Launch(LaunchGraph)"/>; null where the device has no graphs or
    /// its driver does not make one.
    /// </summary>
    /// <param name="launches">Launches, of kernels that were launched before; nothing else.</param>
    public LaunchGraph? Record(Action launches)
    {
        if (Stream is not CudaStream stream)
            return null;
        try
        {
            return LaunchGraph.Record(stream, launches);
        }
        // no such function, or no such library
        catch (Exception e) when (e is CudaException or DeviceException or TypeLoadException)
        {
            return null; // graphs are for speed alone; whatever else is wrong shows when the launches are queued
        }
    }

    /// <summary>Queues recorded launches.</summary>
    public void Launch(LaunchGraph graph)
    {
        try
        {
            graph.Launch((CudaStream)Stream);
        }
        catch (Exception e) when (DeviceErrors.Explains(e))
        {
            throw Translate(e);
        }
    }

    /// <summary>Waits until all that was queued is done.</summary>
    public void Synchronize()
    {
        try
        {
            Stream.Synchronize();
        }
        catch (Exception e) when (DeviceErrors.Explains(e))
        {
            throw Translate(e);
        }
    }

    /// <summary>Frees the device.</summary>
    public void Dispose()
    {
        DriverResource.Free(loader);
        DriverResource.Free(Accelerator);
        DriverResource.Free(context);
    }

    private DeviceException Translate(Exception exception, long bytes = 0)
    {
        var translated = DeviceErrors.Translate(exception, Info, bytes);
        return DeviceErrors.IsOutOfMemory(exception) ? OutOfMemory(translated) : translated;
    }
}
