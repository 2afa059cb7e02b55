using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
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
    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Hidden states [T, B, H].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>The class of each row, from 0 [B].</summary>
        public ArrayView<int> Labels;

        /// <summary><c>fc.weight</c> [1, H].</summary>
        public ArrayView<float> Weights;

        /// <summary><c>fc.bias</c> [1].</summary>
        public ArrayView<float> Bias;

        /// <summary>Logits, written forward [B].</summary>
        public ArrayView<float> Logits;

        /// <summary>Cross-entropy of each row, written forward [B].</summary>
        public ArrayView<float> RowLosses;

        /// <summary>(σ(z) - y) / B of each row, written forward [B].</summary>
        public ArrayView<float> LogitGradients;

        /// <summary>
        /// Sum of the rows' losses and number of rows classified right, written backward or by <see cref="Total"/> [2].
        /// </summary>
        public ArrayView<float> Totals;

        /// <summary>Gradient of each row's last hidden state, written backward [B, H].</summary>
        public ArrayView<float> LastHiddenGradient;

        /// <summary>Gradient of the weights, written backward [1, H].</summary>
        public ArrayView<float> WeightGradient;

        /// <summary>Gradient of the bias, written backward [1].</summary>
        public ArrayView<float> BiasGradient;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;

        /// <summary>The column of the first group; set by the launcher.</summary>
        internal int FirstColumn;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
        [new(ForwardKernel, GroupSum.MaxThreads), new(BackwardKernel, GroupSum.MaxThreads)];

    /// <summary>σ(z) - y: the gradient of one row's cross-entropy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LogitGradient(float logit, float label) =>
        (1f - label) * DeviceMath.Sigmoid(logit) - label * DeviceMath.Sigmoid(-logit);

    /// <summary>A group writes one row's logit, loss and gradient.</summary>
    [DeviceKernel]
    internal static void ForwardKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var row = Grid.IdxX;
        var length = a.Lengths[row];
        var part = 0f;
        if (length > 0)
        {
            var hidden = ((length - 1) * a.Rows + row) * a.HiddenSize;
            for (var k = Group.IdxX; k < a.HiddenSize; k += Group.DimX)
                part += a.Weights[k] * a.HiddenStates[hidden + k];
        }

        var logit = a.Bias[0] + GroupSum.Of(shared, part);
        if (Group.IdxX > 0)
            return;
        Classify(a, row, logit);
    }

    /// <summary>A row's last hidden state of one unit; zero where it has no steps.</summary>
    internal static float LastHidden(Arguments a, int row, int unit)
    {
        var length = a.Lengths[row];
        return length > 0 ? a.HiddenStates[((length - 1) * a.Rows + row) * a.HiddenSize + unit] : 0f;
    }

    /// <summary>What follows from a row's logit; the thread writes the row's.</summary>
    internal static void Classify(Arguments a, int row, float logit)
    {
        var label = a.Labels[row];
        a.Logits[row] = logit;
        a.RowLosses[row] = (logit > 0f ? logit : 0f) - logit * label + DeviceMath.LogOnePlusExpOfMinus(logit);
        a.LogitGradients[row] = LogitGradient(logit, label) / a.Rows;
    }

    /// <summary>
    /// A group sums a column of the batch: below H a weight's gradient, with that unit's part of the hidden gradient on its way;
    /// then the bias's gradient, the losses, and the rows classified right.
    /// </summary>
    [DeviceKernel]
    internal static void BackwardKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var column = a.FirstColumn + Grid.IdxX;
        var part = 0f;
        for (var row = Group.IdxX; row < a.Rows; row += Group.DimX)
        {
            if (column < a.HiddenSize)
                a.LastHiddenGradient[row * a.HiddenSize + column] = a.LogitGradients[row] * a.Weights[column];
            part += ColumnPart(a, column, row);
        }

        var sum = GroupSum.Of(shared, part);
        if (Group.IdxX == 0)
            WriteColumn(a, column, sum);
    }

    /// <summary>
    /// A row's part of a column's sum: below H of a weight's gradient, then of the bias's gradient, the losses, and the rows
    /// classified right.
    /// </summary>
    internal static float ColumnPart(Arguments a, int column, int row)
    {
        if (column < a.HiddenSize)
            return a.LogitGradients[row] * LastHidden(a, row, column);
        if (column == a.HiddenSize)
            return a.LogitGradients[row];
        if (column == a.HiddenSize + 1)
            return a.RowLosses[row];
        var predicted = a.Logits[row] > 0f ? 1 : 0; // σ(z) > 0.5
        return predicted == a.Labels[row] ? 1f : 0f;
    }

    /// <summary>Takes a column's sum.</summary>
    internal static void WriteColumn(Arguments a, int column, float sum)
    {
        if (column < a.HiddenSize)
            a.WeightGradient[column] = sum;
        else if (column == a.HiddenSize)
            a.BiasGradient[0] = sum;
        else
            a.Totals[column - a.HiddenSize - 1] = sum;
    }

    /// <summary>Queues the forward kernel.</summary>
    public static void Forward(ComputeDevice device, Arguments arguments)
    {
        var elements = (long)arguments.Rows * arguments.HiddenSize;
        Launch(device, ForwardKernel, arguments, arguments.Rows, KernelWork.Of(elements, 2 * elements));
    }

    /// <summary>Queues the backward kernel, which adds up the totals too.</summary>
    public static void Backward(ComputeDevice device, Arguments arguments)
    {
        var elements = (long)arguments.Rows * arguments.HiddenSize;
        Launch(device, BackwardKernel, arguments, arguments.HiddenSize + 3, KernelWork.Of(2 * elements, 3 * elements));
    }

    /// <summary>Queues what adds up the totals where nothing goes backward.</summary>
    public static void Total(ComputeDevice device, Arguments arguments)
    {
        arguments.FirstColumn = arguments.HiddenSize + 1;
        Launch(device, BackwardKernel, arguments, 2, KernelWork.Of(3L * arguments.Rows));
    }

    private static void Launch(
        ComputeDevice device, Action<Arguments> kernel, Arguments arguments, int groups, KernelWork work) =>
        device.Launch(
            kernel, arguments, new Index3D(groups, 1, 1), new Index3D(Math.Min(GroupSum.MaxThreads, device.MaxGroupSize), 1, 1),
            work);
}
