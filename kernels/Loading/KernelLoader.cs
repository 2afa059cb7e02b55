using System.Reflection;
using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Drivers;
using GpuLstm.Kernels.TensorCores;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Compiles a kernel for its accelerator, patches the generated text where ILGPU's own is slow or wrong
/// (<see cref="PtxPatch"/>, <see cref="OpenClPatch"/>), loads it, and keeps it.
/// </summary>
internal sealed class KernelLoader(Accelerator accelerator) : IDisposable
{
    private readonly Dictionary<MethodInfo, (Kernel Kernel, Delegate Launcher)> loaded = [];

    /// <summary>The launcher of a kernel marked with <see cref="DeviceKernelAttribute"/>; compiled at its first use.</summary>
    /// <param name="kernel">The kernel; always launched with the same group size and dynamic shared memory.</param>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="dynamicSharedBytes">Shared memory that a launch asks for.</param>
    public Action<AcceleratorStream, KernelConfig, TArguments> Load<TArguments>(
        Action<TArguments> kernel, int groupSize, int dynamicSharedBytes)
        where TArguments : struct
    {
        if (!loaded.TryGetValue(kernel.Method, out var entry))
        {
            var compiled = Compile(accelerator.GetBackend(), kernel.Method, groupSize);
            var name = KernelName.Of(kernel.Method);
            var deviceKernel = DriverLog.Capture(name, () => accelerator.LoadKernel(compiled));
            if (deviceKernel is CudaKernel cudaKernel)
                CudaDriver.CheckResources(cudaKernel, name, groupSize, dynamicSharedBytes);
            entry = (deviceKernel, deviceKernel.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>());
            loaded.Add(kernel.Method, entry);
        }

        return (Action<AcceleratorStream, KernelConfig, TArguments>)entry.Launcher;
    }

    /// <summary>What every context needs that compiles kernels.</summary>
    public static Context.Builder Configure(Context.Builder context)
    {
        TensorCore.Register(context);
        return context.Optimize(OptimizationLevel.O2);
    }

    /// <summary>
    /// Compiles a kernel for a backend and patches its text, which depends on nothing else; needs no device. CUDA's begins with
    /// the kernel's name.
    /// </summary>
    public static CompiledKernel Compile(Backend backend, MethodInfo method, int groupSize)
    {
        // So that ptxas gives a thread as many registers as a group of this size can have; and does not save them for a second
        // group on the same multiprocessor, for which it would spill some, and have instructions wait for each other that need
        // not.
        var specialization = backend is PTXBackend ? new KernelSpecialization(groupSize, 1) : KernelSpecialization.Empty;
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(method);
        var compiled = backend.Compile(IntermediateCode.Of(backend.Context, method), entry, specialization);
        switch (compiled)
        {
            case PTXCompiledKernel ptx:
                PtxText(ptx) = $"// {KernelName.Of(method)}\n{PtxPatch.Apply(ptx.PTXAssembly)}";
                break;
            case CLCompiledKernel opencl:
                OpenClText(opencl) = OpenClPatch.Apply(opencl.Source);
                break;
        }

        return compiled;
    }

    public void Dispose()
    {
        foreach (var (kernel, _) in loaded.Values)
            DriverResource.Free(kernel);
        loaded.Clear();
    }

    // ILGPU offers no way to change the text between compiling and loading.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<PTXAssembly>k__BackingField")]
    private static extern ref string PtxText(PTXCompiledKernel kernel);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Source>k__BackingField")]
    private static extern ref string OpenClText(CLCompiledKernel kernel);
}
