using System.Reflection;

namespace GpuLstm.Kernels.Loading;

/// <summary>A kernel as it is compiled for a GPU: with all of its type arguments, for groups of a size.</summary>
/// <param name="Kernel">A method that is marked with <see cref="DeviceKernelAttribute"/>.</param>
/// <param name="GroupSize">Threads of a group.</param>
/// <param name="HasLocalMemory">Whether a thread has arrays of its own, as in kernels for processors.</param>
internal sealed record KernelInstance(Delegate Kernel, int GroupSize, bool HasLocalMemory = false)
{
    /// <summary>The method.</summary>
    public MethodInfo Method => Kernel.Method;

    /// <summary>See <see cref="KernelName"/>.</summary>
    public string Name => KernelName.Of(Method);
}
