using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The classifier's head on each row's last hidden state h: logits z = W h + b [L], the <see cref="Operations.Loss"/> of each
/// row, and the gradients of the batch's mean loss.
/// </summary>
/// <remarks>A row without steps has h = 0, so its logits are the bias.</remarks>
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

        /// <summary><c>fc.weight</c> [L, H].</summary>
        public ArrayView<float> Weights;

        /// <summary><c>fc.bias</c> [L].</summary>
        public ArrayView<float> Bias;

        /// <summary>What the loss is given.</summary>
        public LossArguments Loss;

        /// <summary>Logits, written forward [B, L].</summary>
        public ArrayView<float> Logits;

        /// <summary>The loss of each row, written forward [B].</summary>
        public ArrayView<float> RowLosses;

        /// <summary>Gradients of the batch's mean loss by the logits, written forward [B, L].</summary>
        public ArrayView<float> LogitGradients;

        /// <summary>
        /// Sum of the rows' losses and number of rows classified right, written backward or by <see cref="Total"/> [2].
        /// </summary>
        public ArrayView<float> Totals;

        /// <summary>Gradient of each row's last hidden state, written backward [B, H].</summary>
        public ArrayView<float> LastHiddenGradient;

        /// <summary>Gradient of the weights, written backward [L, H].</summary>
        public ArrayView<float> WeightGradient;

        /// <summary>Gradient of the bias, written backward [L].</summary>
        public ArrayView<float> BiasGradient;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;

        /// <summary>Logits of a row L.</summary>
        public int LogitCount;

        /// <summary>The column of the first group; set by the launcher.</summary>
        internal int FirstColumn;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => Operations.Loss.All.SelectMany(loss => loss.Kernels);

    /// <summary>
    /// A group writes one row's logits, loss and gradients. One logit is summed by all threads; of several, each thread has its
    /// own.
    /// </summary>
    [DeviceKernel]
    internal static void ForwardKernel<TLoss>(Arguments a)
        where TLoss : struct, ILossFunction
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var row = Grid.IdxX;
        var length = a.Lengths[row];
        var hidden = ((length - 1) * a.Rows + row) * a.HiddenSize; // where there are steps
        if (default(TLoss).IsOneLogit)
        {
            var part = 0f;
            if (length > 0)
            {
                for (var k = Group.IdxX; k < a.HiddenSize; k += Group.DimX)
                    part += a.Weights[k] * a.HiddenStates[hidden + k];
            }

            var logit = a.Bias[0] + GroupSum.Of(shared, part);
            if (Group.IdxX == 0)
                a.Logits[row] = logit;
        }
        else
        {
            for (var c = Group.IdxX; c < a.LogitCount; c += Group.DimX)
            {
                var logit = a.Bias[c];
                if (length > 0)
                {
                    for (var k = 0; k < a.HiddenSize; k++)
                        logit += a.Weights[c * a.HiddenSize + k] * a.HiddenStates[hidden + k];
                }

                a.Logits[row * a.LogitCount + c] = logit;
            }

            Group.Barrier();
        }

        if (Group.IdxX == 0)
            default(TLoss).Classify(a, row);
    }

    /// <summary>A row's last hidden state of one unit; zero where it has no steps.</summary>
    internal static float LastHidden(Arguments a, int row, int unit)
    {
        var length = a.Lengths[row];
        return length > 0 ? a.HiddenStates[((length - 1) * a.Rows + row) * a.HiddenSize + unit] : 0f;
    }

    /// <summary>
    /// A group sums a column of the batch: below L H a weight's gradient, with a unit's part of the hidden gradient on its way
    /// below H; then the gradients of the biases, the losses, and the rows classified right.
    /// </summary>
    [DeviceKernel]
    internal static void BackwardKernel<TLoss>(Arguments a)
        where TLoss : struct, ILossFunction
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var column = a.FirstColumn + Grid.IdxX;
        if (column < a.HiddenSize)
        {
            for (var row = Group.IdxX; row < a.Rows; row += Group.DimX)
                a.LastHiddenGradient[row * a.HiddenSize + column] = HiddenGradient<TLoss>(a, row, column);
        }

        var sum = GroupSum.Of(shared, ColumnPart<TLoss>(a, column, Group.IdxX, Group.DimX));
        if (Group.IdxX == 0)
            WriteColumn<TLoss>(a, column, sum);
    }

    /// <summary>The gradient of a row's last hidden state of one unit: Σ_c dz_c w_c.</summary>
    private static float HiddenGradient<TLoss>(Arguments a, int row, int unit)
        where TLoss : struct, ILossFunction
    {
        if (default(TLoss).IsOneLogit)
            return a.LogitGradients[row] * a.Weights[unit];
        var sum = 0f;
        for (var c = 0; c < a.LogitCount; c++)
            sum += a.LogitGradients[row * a.LogitCount + c] * a.Weights[c * a.HiddenSize + unit];
        return sum;
    }

    /// <summary>
    /// What some of the rows add to a column's sum: below L H a weight's gradient, then those of the biases, the losses, and the
    /// rows classified right.
    /// </summary>
    /// <param name="a">The arguments.</param>
    /// <param name="column">The column.</param>
    /// <param name="first">The first row.</param>
    /// <param name="stride">From one row to the next.</param>
    internal static float ColumnPart<TLoss>(Arguments a, int column, int first, int stride)
        where TLoss : struct, ILossFunction
    {
        var logits = default(TLoss).IsOneLogit ? 1 : a.LogitCount;
        var weights = logits * a.HiddenSize;
        var part = 0f;
        if (column < weights)
        {
            var logit = default(TLoss).IsOneLogit ? 0 : column / a.HiddenSize;
            var unit = column - logit * a.HiddenSize;
            for (var row = first; row < a.Rows; row += stride)
                part += a.LogitGradients[row * logits + logit] * LastHidden(a, row, unit);
        }
        else if (column < weights + logits)
        {
            for (var row = first; row < a.Rows; row += stride)
                part += a.LogitGradients[row * logits + column - weights];
        }
        else if (column == weights + logits)
        {
            for (var row = first; row < a.Rows; row += stride)
                part += a.RowLosses[row];
        }
        else
        {
            for (var row = first; row < a.Rows; row += stride)
                part += default(TLoss).IsRight(a, row) ? 1f : 0f;
        }

        return part;
    }

    /// <summary>Takes a column's sum.</summary>
    internal static void WriteColumn<TLoss>(Arguments a, int column, float sum)
        where TLoss : struct, ILossFunction
    {
        var logits = default(TLoss).IsOneLogit ? 1 : a.LogitCount;
        var weights = logits * a.HiddenSize;
        if (column < weights)
            a.WeightGradient[column] = sum;
        else if (column < weights + logits)
            a.BiasGradient[column - weights] = sum;
        else
            a.Totals[column - weights - logits] = sum;
    }

    /// <summary>Queues the forward kernel.</summary>
    public static void Forward(ComputeDevice device, Arguments arguments)
    {
        var elements = (long)arguments.Rows * arguments.HiddenSize * arguments.LogitCount;
        Launch(
            device, LossOf(arguments).HeadKernels.Forward, arguments, arguments.Rows, KernelWork.Of(elements, 2 * elements));
    }

    /// <summary>Queues the backward kernel, which adds up the totals too.</summary>
    public static void Backward(ComputeDevice device, Arguments arguments)
    {
        var elements = (long)arguments.Rows * arguments.HiddenSize * arguments.LogitCount;
        Launch(
            device, LossOf(arguments).HeadKernels.Backward, arguments, arguments.LogitCount * (arguments.HiddenSize + 1) + 2,
            KernelWork.Of(2 * elements, 3 * elements));
    }

    /// <summary>Queues what adds up the totals where nothing goes backward.</summary>
    public static void Total(ComputeDevice device, Arguments arguments)
    {
        arguments.FirstColumn = arguments.LogitCount * (arguments.HiddenSize + 1);
        Launch(device, LossOf(arguments).HeadKernels.Backward, arguments, 2, KernelWork.Of(3L * arguments.Rows));
    }

    private static Loss LossOf(Arguments arguments) => Operations.Loss.For(arguments.Loss.Classes);

    private static void Launch(
        ComputeDevice device, Action<Arguments> kernel, Arguments arguments, int groups, KernelWork work) =>
        device.Launch(
            kernel, arguments, new Index3D(groups, 1, 1), new Index3D(Math.Min(GroupSum.MaxThreads, device.MaxGroupSize), 1, 1),
            work);
}
