namespace GpuLstm.Kernels.Devices;

/// <summary>
/// What a launch has to do at least, as its launcher estimates: what caches save is not taken off, nor rows that end early.
/// </summary>
/// <param name="Bytes">Bytes of global memory read and written.</param>
/// <param name="Operations">Floating-point additions and multiplications; a function of a gate counts as none.</param>
public readonly record struct KernelWork(long Bytes, long Operations = 0)
{
    /// <summary>The work of so many floats or indices moved.</summary>
    public static KernelWork Of(long elements, long operations = 0) => new(4 * elements, operations);
}
