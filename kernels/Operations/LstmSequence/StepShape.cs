using GpuLstm.Kernels.Devices;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>A specialisation of the step kernels.</summary>
/// <param name="ForwardGroup">Units, quads of rows and parts of the inputs that a group has threads for, forward.</param>
/// <param name="BackwardGroup">Quads of units, quads of rows and parts of the inputs, backward.</param>
/// <param name="ForwardKernel">The forward kernel.</param>
/// <param name="BackwardKernel">The backward kernel.</param>
internal sealed record StepShape(
    Index3D ForwardGroup,
    Index3D BackwardGroup,
    Action<LstmSequence.ForwardArguments> ForwardKernel,
    Action<LstmSequence.BackwardArguments> BackwardKernel)
{
    /// <summary>For devices with groups of at least 256.</summary>
    public static StepShape Wide { get; } = new(
        new Index3D(16, 8, 2), new Index3D(4, 8, 4),
        LstmSequence.StepForwardKernel<Size16, Size8, Size2>, LstmSequence.StepBackwardKernel<Size4, Size8, Size4>);

    /// <summary>For all others: the simulator has groups of four.</summary>
    public static StepShape Narrow { get; } = new(
        new Index3D(2, 1, 2), new Index3D(2, 1, 2),
        LstmSequence.StepForwardKernel<Size2, Size1, Size2>, LstmSequence.StepBackwardKernel<Size2, Size1, Size2>);

    /// <summary>The shape for a device.</summary>
    public static StepShape Of(ComputeDevice device) => device.MaxGroupSize >= Wide.ForwardGroup.Size ? Wide : Narrow;

    /// <summary>Queues step <c>a.Step</c> forward.</summary>
    public void Forward(ComputeDevice device, LstmSequence.ForwardArguments a) => device.Launch(
        ForwardKernel, a, new Index3D(Tiles(a.HiddenSize, ForwardGroup.X), Tiles(a.Rows, 4 * ForwardGroup.Y), 1), ForwardGroup,
        LstmSequence.Work(a.Rows, 1, a.HiddenSize, elementsInUnit: 12)); // states of the step before too

    /// <summary>Queues step <c>a.Step</c> back.</summary>
    public void Backward(ComputeDevice device, LstmSequence.BackwardArguments a) => device.Launch(
        BackwardKernel, a, new Index3D(Tiles(a.HiddenSize, 4 * BackwardGroup.X), Tiles(a.Rows, 4 * BackwardGroup.Y), 1), BackwardGroup,
        LstmSequence.Work(a.Rows, 1, a.HiddenSize, elementsInUnit: 15)); // gradients of the step behind too

    private static int Tiles(int items, int inTile) => (items + inTile - 1) / inTile;
}
