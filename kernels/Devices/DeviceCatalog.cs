using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Drivers;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.TensorCores;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Kernels.Devices;

/// <summary>Lists the devices of this machine and opens them.</summary>
public static class DeviceCatalog
{
    // A group's threads are threads of the operating system here: few of them, or a barrier takes milliseconds.
    private const int SimulatorGroupSize = 4;
    private const int SimulatorMultiprocessors = 2;

    /// <summary>
    /// Every device that can run the kernels: CUDA first, then OpenCL GPUs, then other OpenCL, then the simulator.
    /// </summary>
    public static IReadOnlyList<DeviceInfo> List()
    {
        using var context = CreateContext();
        return [.. Numbered(context).Select(entry => entry.Info).OrderBy(info => info.Kind).ThenByDescending(info => info.IsGpu)];
    }

    /// <summary>Opens the first device of a kind; among OpenCL devices a GPU comes before a CPU.</summary>
    /// <param name="kind">
    /// Not <see cref="AcceleratorKind.Auto"/> or <see cref="AcceleratorKind.Cpu"/>, which are no devices.
    /// </param>
    /// <param name="profiling">So that <see cref="ComputeDevice.Profile"/> can be set.</param>
    /// <exception cref="DeviceException">There is none; the message lists what there is.</exception>
    public static ComputeDevice Open(AcceleratorKind kind, bool profiling = false)
    {
        var devices = List();
        var found = devices.FirstOrDefault(device => device.Kind == kind)
            ?? throw new DeviceException($"no {AcceleratorNames.Of(kind)} device on this machine; there is: {Describe(devices)}");
        return Open(found, profiling);
    }

    /// <summary>
    /// Opens a device of <see cref="List"/>, by kind and number; the rest of the description may be another, and kernels are
    /// chosen by it.
    /// </summary>
    public static ComputeDevice Open(DeviceInfo info, bool profiling = false)
    {
        var context = CreateContext(profiling);
        try
        {
            var (device, _) = Numbered(context).Single(entry => (entry.Info.Kind, entry.Info.Index) == (info.Kind, info.Index));
            return new ComputeDevice(context, device.CreateAccelerator(context), info);
        }
        catch (Exception e)
        {
            context.Dispose();
            if (e is AcceleratorException or NotSupportedException)
                throw new DeviceException($"{info.Name} cannot be opened: {e.Message.ReplaceLineEndings(" ")}", e);
            throw;
        }
    }

    private static string Describe(IEnumerable<DeviceInfo> devices) =>
        string.Join(
            ", ",
            devices.Select(device => $"{AcceleratorNames.Of(device.Kind)} ({device.Name})")
                .Prepend(AcceleratorNames.Of(AcceleratorKind.Cpu)));

    private static Context CreateContext(bool profiling = false)
    {
        NativeLibraries.EnsureResolvable();
        return Context.Create(builder => KernelLoader.Configure(profiling ? builder.Profiling() : builder)
            .Cuda()
            .OpenCL(AdmitWithoutGenericAddressSpace)
            .CPU(new CPUDevice(SimulatorGroupSize, 1, SimulatorMultiprocessors)));
    }

    // Our OpenCL text has no generic pointers left (see OpenClPatch), so ILGPU's demand for them is waived.
    private static bool AdmitWithoutGenericAddressSpace(CLDevice device)
    {
        SetGenericAddressSpace(device.Capabilities, true);
        return true;
    }

    private static List<(Device Device, DeviceInfo Info)> Numbered(Context context)
    {
        var numbered = new List<(Device Device, DeviceInfo Info)>();
        foreach (var device in context.Devices)
        {
            var (kind, isGpu, name) = device switch
            {
                CudaDevice => (AcceleratorKind.Cuda, true, device.Name.Trim()),
                CLDevice opencl =>
                    (AcceleratorKind.OpenCL, opencl.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU), device.Name.Trim()),
                _ => (AcceleratorKind.Simulator, false, "ILGPU CPU simulator"),
            };
            var hasTensorCores = device is CudaDevice { Architecture: { } architecture }
                && architecture >= TensorCore.MinArchitecture;
            var index = numbered.Count(entry => entry.Info.Kind == kind);
            numbered.Add((device, new DeviceInfo(
                kind, index, name, isGpu, device.MemorySize, device.MaxNumThreadsPerGroup, device.NumMultiprocessors,
                hasTensorCores)));
        }

        return numbered;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);
}
