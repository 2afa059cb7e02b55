using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.TensorCores;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A way to compute a gate table and its inputs' gradient: the kernels, and how they are launched.
/// <see cref="GateTable.Variants"/> lists all; the choice, <c>verify</c> and the tests of the kernels' code go by that list.
/// </summary>
public abstract class GateTableVariant
{
    /// <summary>What it is called in <c>verify</c>'s results.</summary>
    public abstract string Name { get; }

    /// <summary>To what it rounds the product's operands.</summary>
    public virtual Precision Precision => Precision.Full;

    /// <summary>Whether it needs tensor cores.</summary>
    public virtual bool UsesTensorCores => false;

    /// <summary>Its kernels.</summary>
    internal abstract IEnumerable<KernelInstance> Kernels { get; }

    /// <summary>Whether a device can run it, fast or not.</summary>
    public abstract bool Supports(ComputeDevice device);

    public sealed override string ToString() => Name;

    /// <summary>Whether it is the one to choose where each position is a slot, unless one before it in the list is.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="inputSize">Width of a row of the inputs E.</param>
    /// <param name="precision">Wanted of the product, where it is large enough for tensor cores.</param>
    internal virtual bool IsChosen(ComputeDevice device, int hiddenSize, int inputSize, Precision precision) =>
        Supports(device);

    /// <summary>Queues the forward kernel.</summary>
    internal abstract void Forward(ComputeDevice device, GateTable.ForwardArguments arguments, KernelWork work);

    /// <summary>Queues the kernel of the inputs' gradient.</summary>
    internal abstract void Backward<TDestination>(
        ComputeDevice device, GateTable.BackwardArguments arguments, KernelWork work)
        where TDestination : unmanaged, GateTable.IDestination;
}
