namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Marks a method as a kernel: static, explicitly grouped, with one argument, a struct of views and sizes. Verification
/// and the PTX tests find every kernel by this mark, so that none is forgotten.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DeviceKernelAttribute : Attribute;
