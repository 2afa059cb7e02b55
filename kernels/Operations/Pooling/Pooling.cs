using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// What the head reads of a row's features over its steps: the mean of each, the largest value of each, or both side by side.
/// </summary>
/// <remarks>
/// Positions are numbered t B + b; those behind a row's end do not count. A row without steps has 0. Of several largest values
/// the first counts.
/// </remarks>
public static partial class Pooling
{
    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Features of each position [T, B, F].</summary>
        public ArrayView<float> Features;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>What the head reads, written forward: the mean, the largest value, or both in this order [B, R].</summary>
        public ArrayView<float> Pooled;

        /// <summary>The step of each largest value, written forward [B, F]; with the largest values only.</summary>
        public ArrayView<int> MaxSteps;

        /// <summary>Gradient of <see cref="Pooled"/> [B, R].</summary>
        public ArrayView<float> PooledGradient;

        /// <summary>Gradient of the features, written backward [T, B, F]; 0 behind a row's end.</summary>
        public ArrayView<float> FeatureGradient;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        /// <summary>Features F.</summary>
        public int FeatureCount;
    }

    /// <summary>What is pooled, known when a kernel is compiled.</summary>
    internal interface IKind
    {
        /// <summary>Whether there is the mean.</summary>
        bool HasMean { get; }

        /// <summary>Whether there is the largest value.</summary>
        bool HasMax { get; }
    }

    /// <summary>The mean.</summary>
    internal readonly struct Mean : IKind
    {
        bool IKind.HasMean => true;

        bool IKind.HasMax => false;
    }

    /// <summary>The largest value.</summary>
    internal readonly struct Max : IKind
    {
        bool IKind.HasMean => false;

        bool IKind.HasMax => true;
    }

    /// <summary>Both.</summary>
    internal readonly struct MeanMax : IKind
    {
        bool IKind.HasMean => true;

        bool IKind.HasMax => true;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(ForwardKernel<Mean>, ComputeDevice.LargestGroup),
        new(ForwardKernel<Max>, ComputeDevice.LargestGroup),
        new(ForwardKernel<MeanMax>, ComputeDevice.LargestGroup),
        new(BackwardKernel<Mean>, ComputeDevice.LargestGroup),
        new(BackwardKernel<Max>, ComputeDevice.LargestGroup),
        new(BackwardKernel<MeanMax>, ComputeDevice.LargestGroup),
    ];

    /// <summary>A thread writes one feature of one row, over its steps in ascending order.</summary>
    [DeviceKernel]
    internal static void ForwardKernel<TKind>(Arguments a)
        where TKind : unmanaged, IKind
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.FeatureCount)
            return;
        var (row, feature) = (index / a.FeatureCount, index % a.FeatureCount);
        var length = a.Lengths[row];
        float sum = 0f, max = 0f;
        var maxStep = 0;
        var stride = a.Rows * a.FeatureCount;
        for (int t = 0, place = index; t < length; t++, place += stride)
        {
            var value = a.Features[place];
            sum += value;
            if (t == 0 || value > max)
            {
                max = value;
                maxStep = t;
            }
        }

        var target = row * ColumnsOf<TKind>(a);
        if (default(TKind).HasMean)
            a.Pooled[target + feature] = length > 0 ? sum / length : 0f;
        if (default(TKind).HasMax)
        {
            a.Pooled[target + FirstMax<TKind>(a) + feature] = max;
            a.MaxSteps[index] = maxStep;
        }
    }

    /// <summary>A thread writes one feature of one position.</summary>
    [DeviceKernel]
    internal static void BackwardKernel<TKind>(Arguments a)
        where TKind : unmanaged, IKind
    {
        var index = Grid.GlobalIndex.X;
        var stride = a.Rows * a.FeatureCount;
        if (index >= a.Steps * stride)
            return;
        var (t, place) = (index / stride, index % stride);
        var (row, feature) = (place / a.FeatureCount, place % a.FeatureCount);
        var (length, source) = (a.Lengths[row], row * ColumnsOf<TKind>(a) + feature);
        var gradient = 0f;
        if (t < length)
        {
            if (default(TKind).HasMean)
                gradient = a.PooledGradient[source] / length;
            if (default(TKind).HasMax && a.MaxSteps[place] == t)
                gradient += a.PooledGradient[source + FirstMax<TKind>(a)];
        }

        a.FeatureGradient[index] = gradient;
    }

    private static int ColumnsOf<TKind>(Arguments a)
        where TKind : unmanaged, IKind => FirstMax<TKind>(a) + (default(TKind).HasMax ? a.FeatureCount : 0);

    private static int FirstMax<TKind>(Arguments a)
        where TKind : unmanaged, IKind => default(TKind).HasMean ? a.FeatureCount : 0;

    /// <summary>Queues the forward kernel.</summary>
    /// <param name="device">Where.</param>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="kind">What is pooled.</param>
    public static void Forward(ComputeDevice device, Arguments arguments, PoolingKind kind)
    {
        var elements = (long)arguments.Steps * arguments.Rows * arguments.FeatureCount;
        device.LaunchElementwise<Arguments>(
            kind switch
            {
                PoolingKind.Mean => ForwardKernel<Mean>,
                PoolingKind.Max => ForwardKernel<Max>,
                _ => ForwardKernel<MeanMax>,
            },
            arguments, arguments.Rows * arguments.FeatureCount, KernelWork.Of(elements, 2 * elements));
    }

    /// <summary>Queues the backward kernel.</summary>
    /// <param name="device">Where.</param>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="kind">What is pooled.</param>
    public static void Backward(ComputeDevice device, Arguments arguments, PoolingKind kind)
    {
        var elements = arguments.Steps * arguments.Rows * arguments.FeatureCount;
        if (elements == 0)
            return;
        device.LaunchElementwise<Arguments>(
            kind switch
            {
                PoolingKind.Mean => BackwardKernel<Mean>,
                PoolingKind.Max => BackwardKernel<Max>,
                _ => BackwardKernel<MeanMax>,
            },
            arguments, elements, KernelWork.Of(elements, 2 * elements));
    }
}

/// <summary>What <see cref="Pooling"/> gives.</summary>
public enum PoolingKind
{
    /// <summary>The mean of each feature.</summary>
    Mean,

    /// <summary>The largest value of each.</summary>
    Max,

    /// <summary>Both side by side.</summary>
    MeanMax,
}
