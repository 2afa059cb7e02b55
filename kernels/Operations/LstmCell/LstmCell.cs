using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The gate math of one LSTM step, for a whole batch: from gate pre-activations to the new cell and hidden state, and
/// back. Gate order i, f, g, o. <see cref="LstmSequence"/> runs the same two functions inside its steps;
/// the kernels here run them alone, so that they can be verified and measured.
/// </summary>
/// <remarks>
/// Gers, Schmidhuber and Cummins 2000, as in PyTorch's <c>nn.LSTM</c>:
/// i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o); c = f c₋₁ + i g; h = o tanh(c).
/// </remarks>
public static partial class LstmCell
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

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>H.</summary>
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

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>H.</summary>
        public int HiddenSize;
    }

    /// <summary>One unit's step: activates the four gates in place and returns the new cell and hidden state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(ref UnitGates gates, float previousCell, out float cell, out float hidden)
    {
        gates.I = DeviceMath.Sigmoid(gates.I);
        gates.F = DeviceMath.Sigmoid(gates.F);
        gates.G = DeviceMath.Tanh(gates.G);
        gates.O = DeviceMath.Sigmoid(gates.O);
        cell = gates.F * previousCell + gates.I * gates.G;
        hidden = gates.O * DeviceMath.Tanh(cell);
    }

    /// <summary>
    /// One unit's step back, given tanh of the new cell state: turns the four activated gates into the gradients of their pre-activations, and the cell
    /// state's gradient after the step into that before it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(ref UnitGates gates, float previousCell, float tanhCell, float hiddenGradient, ref float cellGradient)
    {
        var (i, f, g, o) = (gates.I, gates.F, gates.G, gates.O);
        var total = cellGradient + hiddenGradient * o * (1f - tanhCell * tanhCell);
        gates.I = total * g * i * (1f - i);
        gates.F = total * previousCell * f * (1f - f);
        gates.G = total * i * (1f - g * g);
        gates.O = hiddenGradient * tanhCell * o * (1f - o);
        cellGradient = total * f;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => [new(ForwardKernel, ComputeDevice.LargestGroup), new(BackwardKernel, ComputeDevice.LargestGroup)];

    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.HiddenSize)
            return;
        var gates = a.Gates[index];
        Forward(ref gates, a.PreviousCellState[index], out var cell, out var hidden);
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
        Backward(ref gates, a.PreviousCellState[index], DeviceMath.Tanh(a.CellState[index]), a.HiddenGradient[index], ref cellGradient);
        a.Gates[index] = gates;
        a.CellGradient[index] = cellGradient;
    }

    /// <summary>Queues the forward kernel: one thread a (row, unit).</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments) =>
        device.LaunchElementwise(ForwardKernel, arguments, arguments.Rows * arguments.HiddenSize, KernelWork.Of(11L * arguments.Rows * arguments.HiddenSize));

    /// <summary>Queues the backward kernel: one thread a (row, unit).</summary>
    public static void Backward(ComputeDevice device, BackwardArguments arguments) =>
        device.LaunchElementwise(BackwardKernel, arguments, arguments.Rows * arguments.HiddenSize, KernelWork.Of(13L * arguments.Rows * arguments.HiddenSize));
}
