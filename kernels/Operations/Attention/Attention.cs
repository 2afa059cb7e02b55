using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// What the head reads of a row's features h over its steps: their sum, weighted by <c>a = softmax(w h)</c>. Back:
/// <c>ds_t = a_t (da_t - Σ a da)</c> with <c>da_t = dp h_t</c> of the scores, <c>dh_t = a_t dp + ds_t w</c>,
/// <c>dw = Σ ds_t h_t</c>.
/// </summary>
/// <remarks>Positions are numbered t B + b; those behind a row's end have the weight 0. A row without steps has 0.</remarks>
public static partial class Attention
{
    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Features of each position [T, B, F].</summary>
        public ArrayView<float> Features;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary><c>attention.weight</c> [F].</summary>
        public ArrayView<float> Weights;

        /// <summary>Each step's weight, written forward [T, B]; 0 behind a row's end.</summary>
        public ArrayView<float> StepWeights;

        /// <summary>What the head reads, written forward [B, F].</summary>
        public ArrayView<float> Pooled;

        /// <summary>Gradient of <see cref="Pooled"/> [B, F].</summary>
        public ArrayView<float> PooledGradient;

        /// <summary>Gradient of the scores, written backward [T, B]; 0 behind a row's end.</summary>
        public ArrayView<float> ScoreGradients;

        /// <summary>Gradient of the features, written backward [T, B, F]; 0 behind a row's end.</summary>
        public ArrayView<float> FeatureGradient;

        /// <summary>Each row's part of <see cref="WeightGradient"/>, scratch [B, F].</summary>
        public ArrayView<float> RowGradients;

        /// <summary>Gradient of the weights, written backward [F].</summary>
        public ArrayView<float> WeightGradient;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        /// <summary>Features F.</summary>
        public int FeatureCount;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(ScoresKernel, ComputeDevice.LargestGroup),
        new(SoftmaxKernel, GroupSum.MaxThreads),
        new(PoolKernel, ComputeDevice.LargestGroup),
        new(StepWeightsBackwardKernel, ComputeDevice.LargestGroup),
        new(SoftmaxBackwardKernel, GroupSum.MaxThreads),
        new(FeaturesBackwardKernel, ComputeDevice.LargestGroup),
        new(RowGradientsKernel, ComputeDevice.LargestGroup),
        new(WeightsBackwardKernel, ColumnSum.MaxThreads),
    ];

    /// <summary>A thread writes the score of one position, where its weight will be.</summary>
    [DeviceKernel]
    internal static void ScoresKernel(Arguments a)
    {
        var position = Grid.GlobalIndex.X;
        if (position >= a.Steps * a.Rows)
            return;
        var score = 0f;
        if (Runs(a, position))
        {
            for (var n = 0; n < a.FeatureCount; n++)
                score += a.Weights[n] * a.Features[position * a.FeatureCount + n];
        }

        a.StepWeights[position] = score;
    }

    /// <summary>A group makes weights of the scores of one row.</summary>
    [DeviceKernel]
    internal static void SoftmaxKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var (row, length) = (Grid.IdxX, a.Lengths[Grid.IdxX]);
        var max = float.MinValue;
        for (var t = Group.IdxX; t < length; t += Group.DimX)
        {
            var score = a.StepWeights[t * a.Rows + row];
            max = score > max ? score : max;
        }

        max = GroupSum.MaxOf(shared, max);
        Group.Barrier();
        var part = 0f;
        for (var t = Group.IdxX; t < length; t += Group.DimX)
        {
            var exponential = DeviceMath.Exp(a.StepWeights[t * a.Rows + row] - max);
            a.StepWeights[t * a.Rows + row] = exponential;
            part += exponential;
        }

        var sum = GroupSum.Of(shared, part);
        Group.Barrier();
        if (Group.IdxX == 0)
            shared[0] = 1f / sum; // once: ptxas would have each thread divide at each step
        Group.Barrier();
        var share = shared[0];
        for (var t = Group.IdxX; t < length; t += Group.DimX)
            a.StepWeights[t * a.Rows + row] *= share;
    }

    /// <summary>A thread writes one feature of one row, over its steps in ascending order.</summary>
    [DeviceKernel]
    internal static void PoolKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.FeatureCount)
            return;
        var row = index / a.FeatureCount;
        var sum = 0f;
        for (var t = 0; t < a.Lengths[row]; t++)
            sum += a.StepWeights[t * a.Rows + row] * a.Features[t * a.Rows * a.FeatureCount + index];
        a.Pooled[index] = sum;
    }

    /// <summary>A thread writes the gradient of one position's weight, where that of its score will be.</summary>
    [DeviceKernel]
    internal static void StepWeightsBackwardKernel(Arguments a)
    {
        var position = Grid.GlobalIndex.X;
        if (position >= a.Steps * a.Rows)
            return;
        var gradient = 0f;
        if (Runs(a, position))
        {
            var row = position % a.Rows;
            for (var n = 0; n < a.FeatureCount; n++)
                gradient += a.PooledGradient[row * a.FeatureCount + n] * a.Features[position * a.FeatureCount + n];
        }

        a.ScoreGradients[position] = gradient;
    }

    /// <summary>A group makes gradients of the scores of those of the weights of one row.</summary>
    [DeviceKernel]
    internal static void SoftmaxBackwardKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var (row, length) = (Grid.IdxX, a.Lengths[Grid.IdxX]);
        var part = 0f;
        for (var t = Group.IdxX; t < length; t += Group.DimX)
            part += a.StepWeights[t * a.Rows + row] * a.ScoreGradients[t * a.Rows + row];
        var mean = GroupSum.Of(shared, part);
        for (var t = Group.IdxX; t < length; t += Group.DimX)
        {
            var place = t * a.Rows + row;
            a.ScoreGradients[place] = a.StepWeights[place] * (a.ScoreGradients[place] - mean);
        }
    }

    /// <summary>A thread writes one feature of one position.</summary>
    [DeviceKernel]
    internal static void FeaturesBackwardKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Steps * a.Rows * a.FeatureCount)
            return;
        var (position, feature) = (index / a.FeatureCount, index % a.FeatureCount);
        a.FeatureGradient[index] = Runs(a, position)
            ? a.StepWeights[position] * a.PooledGradient[position % a.Rows * a.FeatureCount + feature]
                + a.ScoreGradients[position] * a.Weights[feature]
            : 0f;
    }

    /// <summary>A thread writes one row's part of one weight's gradient, over its steps in ascending order.</summary>
    [DeviceKernel]
    internal static void RowGradientsKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.FeatureCount)
            return;
        var row = index / a.FeatureCount;
        var sum = 0f;
        for (var t = 0; t < a.Lengths[row]; t++)
            sum += a.ScoreGradients[t * a.Rows + row] * a.Features[t * a.Rows * a.FeatureCount + index];
        a.RowGradients[index] = sum;
    }

    /// <summary>The threads of a column of a group (see <see cref="ColumnSum"/>) write one weight's gradient.</summary>
    [DeviceKernel]
    internal static void WeightsBackwardKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(ColumnSum.MaxThreads);
        var feature = Grid.IdxX * Group.DimX + Group.IdxX;
        var sum = 0f;
        if (feature < a.FeatureCount)
        {
            for (var row = Group.IdxY; row < a.Rows; row += Group.DimY)
                sum += a.RowGradients[row * a.FeatureCount + feature];
        }

        sum = ColumnSum.Of(shared, sum);
        if (feature < a.FeatureCount && Group.IdxY == 0)
            a.WeightGradient[feature] = sum;
    }

    /// <summary>Queues the forward kernels.</summary>
    public static void Forward(ComputeDevice device, Arguments arguments)
    {
        var (positions, rowFeatures) = (arguments.Steps * arguments.Rows, arguments.Rows * arguments.FeatureCount);
        var work = KernelWork.Of((long)positions * arguments.FeatureCount, 2L * positions * arguments.FeatureCount);
        if (positions > 0)
        {
            device.LaunchElementwise(ScoresKernel, arguments, positions, work);
            LaunchRows(device, SoftmaxKernel, arguments);
        }

        device.LaunchElementwise(PoolKernel, arguments, rowFeatures, work);
    }

    /// <summary>Queues the backward kernels.</summary>
    public static void Backward(ComputeDevice device, Arguments arguments)
    {
        var (positions, rowFeatures) = (arguments.Steps * arguments.Rows, arguments.Rows * arguments.FeatureCount);
        var work = KernelWork.Of((long)positions * arguments.FeatureCount, 2L * positions * arguments.FeatureCount);
        if (positions > 0)
        {
            device.LaunchElementwise(StepWeightsBackwardKernel, arguments, positions, work);
            LaunchRows(device, SoftmaxBackwardKernel, arguments);
            device.LaunchElementwise(FeaturesBackwardKernel, arguments, positions * arguments.FeatureCount, work);
        }

        device.LaunchElementwise(RowGradientsKernel, arguments, rowFeatures, work);
        device.LaunchColumnSums(
            WeightsBackwardKernel, arguments, arguments.FeatureCount, KernelWork.Of(rowFeatures, rowFeatures));
    }

    private static bool Runs(Arguments a, int position) => position / a.Rows < a.Lengths[position % a.Rows];

    private static void LaunchRows(ComputeDevice device, Action<Arguments> kernel, Arguments arguments) =>
        device.Launch(
            kernel, arguments, new Index3D(arguments.Rows, 1, 1),
            new Index3D(Math.Min(GroupSum.MaxThreads, device.MaxGroupSize), 1, 1),
            KernelWork.Of(3L * arguments.Steps * arguments.Rows));
}
