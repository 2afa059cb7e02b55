using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.TestKernels;

/// <summary>
/// The gate math of one LSTM step (<see cref="LstmCell"/>) alone, for a whole batch, so that it can be verified and measured. No
/// engine launches it. Its reference is <see cref="LstmCell.Reference"/>.
/// </summary>
public static class GateMath
{
    /// <summary>Arguments of the forward kernel; a thread writes one (row, unit).</summary>
    public struct ForwardArguments
    {
        /// <summary>Pre-activations in, activated gates out [B, H].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Cell state before the step [B, H].</summary>
        public ArrayView<float> PreviousCellState;

        /// <summary>Cell state after the step, written [B, H].</summary>
        public ArrayView<float> CellState;

        /// <summary>Hidden state after the step, written [B, H].</summary>
        public ArrayView<float> HiddenState;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>Arguments of the backward kernel; a thread writes one (row, unit).</summary>
    public struct BackwardArguments
    {
        /// <summary>Activated gates in, gradients of the pre-activations out [B, H].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Cell state before the step [B, H].</summary>
        public ArrayView<float> PreviousCellState;

        /// <summary>Cell state after the step [B, H].</summary>
        public ArrayView<float> CellState;

        /// <summary>Gradient of the hidden state after the step [B, H].</summary>
        public ArrayView<float> HiddenGradient;

        /// <summary>Gradient of the cell state: after the step in, before the step out [B, H].</summary>
        public ArrayView<float> CellGradient;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
        [new(ForwardKernel, ComputeDevice.LargestGroup), new(BackwardKernel, ComputeDevice.LargestGroup)];

    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.HiddenSize)
            return;
        var gates = a.Gates[index];
        LstmCell.Forward(ref gates, a.PreviousCellState[index], out var cell, out var hidden);
        a.Gates[index] = gates;
        a.CellState[index] = cell;
        a.HiddenState[index] = hidden;
    }

    [DeviceKernel]
    internal static void BackwardKernel(BackwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.HiddenSize)
            return;
        var gates = a.Gates[index];
        var cellGradient = a.CellGradient[index];
        LstmCell.Backward(
            ref gates, a.PreviousCellState[index], DeviceMath.Tanh(a.CellState[index]), a.HiddenGradient[index],
            ref cellGradient);
        a.Gates[index] = gates;
        a.CellGradient[index] = cellGradient;
    }

    /// <summary>Queues the forward kernel: one thread a (row, unit).</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments) =>
        device.LaunchElementwise(
            ForwardKernel, arguments, arguments.Rows * arguments.HiddenSize,
            KernelWork.Of(11L * arguments.Rows * arguments.HiddenSize));

    /// <summary>Queues the backward kernel: one thread a (row, unit).</summary>
    public static void Backward(ComputeDevice device, BackwardArguments arguments) =>
        device.LaunchElementwise(
            BackwardKernel, arguments, arguments.Rows * arguments.HiddenSize,
            KernelWork.Of(13L * arguments.Rows * arguments.HiddenSize));
}
