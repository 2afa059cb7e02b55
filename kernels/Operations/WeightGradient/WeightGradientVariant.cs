using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A way to compute a weight gradient: the kernel that sums slices of the positions, and how it is launched.
/// <see cref="WeightGradient.Variants"/> lists all; the choice, <c>verify</c> and the tests of the kernels' code go by that list.
/// </summary>
public abstract class WeightGradientVariant
{
    /// <summary>What it is called in <c>verify</c>'s results.</summary>
    public abstract string Name { get; }

    /// <summary>To what it rounds the product's operands.</summary>
    public virtual Precision Precision => Precision.Full;

    /// <summary>Whether it needs tensor cores.</summary>
    public virtual bool UsesTensorCores => false;

    /// <summary>Whether a device can run it, fast or not.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="columns">Columns of the product: its inputs, and with the biases one more.</param>
    public abstract bool Supports(ComputeDevice device, int hiddenSize, int columns);

    /// <summary>Elements of <see cref="WeightGradient.Arguments.Partial"/> for these shapes.</summary>
    /// <param name="device">Where.</param>
    /// <param name="positions">Positions P.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="columns">Columns of the product: its inputs, and with the biases one more.</param>
    public long ScratchLength(ComputeDevice device, int positions, int hiddenSize, int columns) =>
        4L * hiddenSize * columns * SliceCount(device, positions, hiddenSize, columns);

    public sealed override string ToString() => Name;

    /// <summary>Whether it is the one to choose, unless one before it in the list is.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="columns">Columns of the product: its inputs, and with the biases one more.</param>
    /// <param name="precision">Wanted of the product, where it is large enough for tensor cores.</param>
    internal virtual bool IsChosen(ComputeDevice device, int hiddenSize, int columns, Precision precision) =>
        Supports(device, hiddenSize, columns);

    /// <summary>Slices of the positions, each with sums of its own.</summary>
    internal virtual int SliceCount(ComputeDevice device, int positions, int hiddenSize, int columns) =>
        WeightGradient.SlicesOf(positions, WeightGradient.Groups / Tiles(device, hiddenSize, columns).Size);

    /// <summary>Groups of a slice.</summary>
    internal abstract Index2D Tiles(ComputeDevice device, int hiddenSize, int columns);

    /// <summary>Queues the sums of all slices.</summary>
    internal abstract void LaunchSlices<TTarget>(
        ComputeDevice device, WeightGradient.Arguments arguments, Index3D groups, KernelWork work)
        where TTarget : unmanaged, WeightGradient.ITarget;

    /// <summary>Its kernels for a target.</summary>
    internal abstract IEnumerable<KernelInstance> Kernels<TTarget>()
        where TTarget : unmanaged, WeightGradient.ITarget;
}
