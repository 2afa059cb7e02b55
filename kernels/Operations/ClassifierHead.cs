using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The classifier's head on each row's last hidden state h: logit z = w·h + b, probability σ(z), and the mean binary
/// cross-entropy of the batch, in the form that no finite logit overflows:
/// <c>max(z, 0) - z y + ln(1 + e^-|z|)</c>. Its gradient is (σ(z) - y) / B,
/// computed as (1 - y) σ(z) - y σ(-z), in which nothing cancels where the head is right.
/// </summary>
/// <remarks>A row without steps has h = 0, so its logit is the bias.</remarks>
public static partial class ClassifierHead
{
    /// <summary>Arguments of the forward kernels.</summary>
    public struct ForwardArguments
    {
        /// <summary>Hidden states [T, B, H].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>0 or 1 for each row [B].</summary>
        public ArrayView<float> Labels;

        /// <summary><c>fc.weight</c> [1, H].</summary>
        public ArrayView<float> Weights;

        /// <summary><c>fc.bias</c> [1].</summary>
        public ArrayView<float> Bias;

        /// <summary>Logits, written [B].</summary>
        public ArrayView<float> Logits;

        /// <summary>Cross-entropy of each row, written [B].</summary>
        public ArrayView<float> RowLosses;

        /// <summary>Sum of the rows' losses and number of rows classified right, written [2].</summary>
        public ArrayView<float> Totals;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>H.</summary>
        public int HiddenSize;
    }

    /// <summary>Arguments of the backward kernels.</summary>
    public struct BackwardArguments
    {
        /// <summary>Hidden states [T, B, H].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>0 or 1 for each row [B].</summary>
        public ArrayView<float> Labels;

        /// <summary><c>fc.weight</c> [1, H].</summary>
        public ArrayView<float> Weights;

        /// <summary>Logits [B].</summary>
        public ArrayView<float> Logits;

        /// <summary>Gradient of each row's last hidden state, written [B, H].</summary>
        public ArrayView<float> LastHiddenGradient;

        /// <summary>Gradient of the weights, written [1, H].</summary>
        public ArrayView<float> WeightGradient;

        /// <summary>Gradient of the bias, written [1].</summary>
        public ArrayView<float> BiasGradient;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>H.</summary>
        public int HiddenSize;
    }

    /// <summary>σ(z) - y: the gradient of one row's cross-entropy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogitGradient(float logit, float label) =>
        (1f - label) * DeviceMath.Sigmoid(logit) - label * DeviceMath.Sigmoid(-logit);

    /// <summary>A thread writes one row's logit and loss.</summary>
    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var row = Grid.GlobalIndex.X;
        if (row >= a.Rows)
            return;
        var logit = a.Bias[0];
        var length = a.Lengths[row];
        if (length > 0)
        {
            var hidden = ((length - 1) * a.Rows + row) * a.HiddenSize;
            for (var k = 0; k < a.HiddenSize; k++)
                logit += a.Weights[k] * a.HiddenStates[hidden + k];
        }

        a.Logits[row] = logit;
        a.RowLosses[row] = (logit > 0f ? logit : 0f) - logit * a.Labels[row] + DeviceMath.LogOnePlusExpOfMinus(logit);
    }

    /// <summary>One thread adds up the batch, row after row.</summary>
    [DeviceKernel]
    internal static void TotalsKernel(ForwardArguments a)
    {
        if (Grid.GlobalIndex.X > 0)
            return;
        var loss = 0f;
        var correct = 0f;
        for (var row = 0; row < a.Rows; row++)
        {
            loss += a.RowLosses[row];
            var predicted = a.Logits[row] > 0f ? 1f : 0f; // σ(z) > 0.5
            correct += predicted == a.Labels[row] ? 1f : 0f;
        }

        a.Totals[0] = loss;
        a.Totals[1] = correct;
    }

    /// <summary>A thread writes one (row, unit) of the hidden gradient.</summary>
    [DeviceKernel]
    internal static void HiddenBackwardKernel(BackwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.HiddenSize)
            return;
        var row = index / a.HiddenSize;
        var logitGradient = LogitGradient(a.Logits[row], a.Labels[row]) / a.Rows;
        a.LastHiddenGradient[index] = logitGradient * a.Weights[index % a.HiddenSize];
    }

    /// <summary>A thread writes one weight's gradient, the one behind them the bias's, adding over the rows in order.</summary>
    [DeviceKernel]
    internal static void WeightsBackwardKernel(BackwardArguments a)
    {
        var unit = Grid.GlobalIndex.X;
        if (unit > a.HiddenSize)
            return;
        var sum = 0f;
        for (var row = 0; row < a.Rows; row++)
        {
            var logitGradient = LogitGradient(a.Logits[row], a.Labels[row]) / a.Rows;
            var length = a.Lengths[row];
            if (unit == a.HiddenSize)
                sum += logitGradient;
            else if (length > 0)
                sum += logitGradient * a.HiddenStates[((length - 1) * a.Rows + row) * a.HiddenSize + unit];
        }

        if (unit == a.HiddenSize)
            a.BiasGradient[0] = sum;
        else
            a.WeightGradient[unit] = sum;
    }

    /// <summary>Queues the forward kernels.</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments)
    {
        var elements = (long)arguments.Rows * arguments.HiddenSize;
        device.LaunchElementwise(ForwardKernel, arguments, arguments.Rows, KernelWork.Of(elements, 2 * elements));
        device.LaunchElementwise(TotalsKernel, arguments, 1, KernelWork.Of(3L * arguments.Rows));
    }

    /// <summary>Queues the backward kernels.</summary>
    public static void Backward(ComputeDevice device, BackwardArguments arguments)
    {
        var elements = (long)arguments.Rows * arguments.HiddenSize;
        device.LaunchElementwise(HiddenBackwardKernel, arguments, arguments.Rows * arguments.HiddenSize, KernelWork.Of(elements, elements));
        device.LaunchElementwise(WeightsBackwardKernel, arguments, arguments.HiddenSize + 1, KernelWork.Of(elements, 2 * elements));
    }
}
