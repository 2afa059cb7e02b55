using System.Collections.Concurrent;
using System.Reflection;
using GpuLstm.Kernels.Loading;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Tests.Kernels;

/// <summary>What the CUDA driver is given of a kernel; compiled without a device.</summary>
internal static class CompiledText
{
    private static readonly Context Compiler = Context.Create(builder => KernelLoader.Configure(builder));
    private static readonly ConcurrentDictionary<(MethodInfo Kernel, int Architecture), Lazy<string>> Texts = [];

    /// <summary>A kernel's text for compute capability 8.0 or 9.0; compiled once.</summary>
    public static string Ptx(this KernelInstance kernel, int architecture = 90) =>
        Texts.GetOrAdd((kernel.Method, architecture), _ => new Lazy<string>(() => Ptx(kernel, Compiler, architecture))).Value;

    /// <summary>The same, compiled anew by a context of the caller's.</summary>
    public static string Ptx(this KernelInstance kernel, Context compiler, int architecture = 90)
    {
        using var backend = new PTXBackend(
            compiler, architecture == 80 ? CudaArchitecture.SM_80 : CudaArchitecture.SM_90, CudaInstructionSet.ISA_88, null!);
        return ((PTXCompiledKernel)KernelLoader.Compile(backend, kernel.Method, kernel.GroupSize)).PTXAssembly;
    }
}
