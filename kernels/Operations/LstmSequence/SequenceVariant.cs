using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.TensorCores;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A way to take a batch through all steps of an LSTM layer: kernels, and how they are launched.
/// <see cref="LstmSequence.Variants"/> lists all; the choice, <c>verify</c> and the tests of the kernels' code go by that list.
/// </summary>
public abstract class SequenceVariant
{
    /// <summary>What it is called in <c>verify</c>'s results.</summary>
    public abstract string Name { get; }

    /// <summary>To what it rounds its product's operands.</summary>
    public virtual Precision Precision => Precision.Full;

    /// <summary>Whether it needs tensor cores.</summary>
    public virtual bool UsesTensorCores => false;

    /// <summary>Whether it has a launch for each step in time.</summary>
    public virtual bool IsLaunchAStep => false;

    /// <summary>Its kernels, forward and backward.</summary>
    internal abstract IEnumerable<KernelInstance> Kernels { get; }

    /// <summary>Whether a device can run it, fast or not.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    public abstract bool Supports(ComputeDevice device, int hiddenSize);

    /// <summary>Whether it is the one to choose, unless one before it in the list is.</summary>
    /// <param name="device">Where.</param>
    /// <param name="rows">Rows of a batch B.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="precision">Wanted of the product, where it is large enough for tensor cores.</param>
    internal virtual bool IsChosen(ComputeDevice device, int rows, int hiddenSize, Precision precision) =>
        Supports(device, hiddenSize);

    /// <summary>Launches of all steps in one direction.</summary>
    /// <param name="steps">Steps T.</param>
    public virtual int Launches(int steps) => 1;

    /// <summary>Elements of scratch that it needs.</summary>
    /// <param name="rows">Rows of a batch B.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    public virtual long ScratchLength(int rows, int hiddenSize) => 0;

    /// <summary>Queues all steps forward.</summary>
    public abstract void Forward(ComputeDevice device, LstmSequence.ForwardArguments arguments);

    /// <summary>Queues all steps back through time; of a batch that this variant took forward.</summary>
    /// <param name="device">Where.</param>
    /// <param name="arguments">What the kernels read and write.</param>
    /// <param name="incoming">What <see cref="LstmSequence.BackwardArguments.HiddenGradient"/> is.</param>
    public void Backward(ComputeDevice device, LstmSequence.BackwardArguments arguments, IncomingGradient incoming)
    {
        if (incoming == IncomingGradient.AtEveryStep)
            Backward<LstmSequence.AtEveryStep>(device, arguments);
        else
            Backward<LstmSequence.AtLastStep>(device, arguments);
    }

    /// <summary>The same for one kind of incoming gradient.</summary>
    internal abstract void Backward<TIncoming>(ComputeDevice device, LstmSequence.BackwardArguments arguments)
        where TIncoming : unmanaged, LstmSequence.IIncomingGradient;

    public sealed override string ToString() => Name;
}
