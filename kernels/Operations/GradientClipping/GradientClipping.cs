using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;
using ILGPU.Algorithms;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Clips a gradient by its global norm (Pascanu et al. 2013, in PyTorch's form): over all parameters together,
/// g *= min(1, c / (‖g‖ + 1e-6)).
/// </summary>
public static class GradientClipping
{
    /// <summary>Added to the norm, as in PyTorch's <c>clip_grad_norm_</c>.</summary>
    public const double Epsilon = 1e-6;

    /// <summary>Elements whose squares a group adds up.</summary>
    public const int ElementsInChunk = 4096;

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>The gradient, clipped in place [parameters].</summary>
        public ArrayView<float> Gradient;

        /// <summary>Scratch: sums of squares, and behind them the factor [<see cref="ScratchLength"/>].</summary>
        public ArrayView<float> Scratch;

        /// <summary>The largest norm c.</summary>
        public float MaxNorm;

        /// <summary>How many parameters.</summary>
        public int Count;

        /// <summary>Groups that add up squares.</summary>
        internal readonly int Chunks => (Count + ElementsInChunk - 1) / ElementsInChunk;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(SquaresKernel, GroupSum.MaxThreads), new(FactorKernel, GroupSum.MaxThreads),
        new(ScaleKernel, ComputeDevice.LargestGroup),
    ];

    /// <summary>Elements of <see cref="Arguments.Scratch"/>.</summary>
    public static int ScratchLength(int count) => (count + ElementsInChunk - 1) / ElementsInChunk + 1;

    /// <summary>A group adds up the squares of a chunk.</summary>
    [DeviceKernel]
    internal static void SquaresKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var first = Grid.IdxX * ElementsInChunk;
        var end = first + ElementsInChunk < a.Count ? first + ElementsInChunk : a.Count;
        var sum = 0f;
        for (var index = first + Group.IdxX; index < end; index += Group.DimX)
            sum += a.Gradient[index] * a.Gradient[index];
        sum = GroupSum.Of(shared, sum);
        if (Group.IdxX == 0)
            a.Scratch[Grid.IdxX] = sum;
    }

    /// <summary>The one group adds up the chunks and writes the factor.</summary>
    [DeviceKernel]
    internal static void FactorKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(GroupSum.MaxThreads);
        var sum = 0f;
        for (var chunk = Group.IdxX; chunk < a.Chunks; chunk += Group.DimX)
            sum += a.Scratch[chunk];
        sum = GroupSum.Of(shared, sum);
        if (Group.IdxX == 0)
            a.Scratch[a.Chunks] = a.MaxNorm / (XMath.Sqrt(sum) + (float)Epsilon);
    }

    /// <summary>A thread scales an element, where the factor makes it smaller.</summary>
    [DeviceKernel]
    internal static void ScaleKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index < a.Count && a.Scratch[a.Chunks] < 1f)
            a.Gradient[index] *= a.Scratch[a.Chunks];
    }

    /// <summary>Queues the kernels.</summary>
    public static void Run(ComputeDevice device, Arguments arguments)
    {
        var group = new Index3D(Math.Min(GroupSum.MaxThreads, device.MaxGroupSize), 1, 1);
        device.Launch(
            SquaresKernel, arguments, new Index3D(arguments.Chunks, 1, 1), group,
            KernelWork.Of(arguments.Count, 2L * arguments.Count));
        device.Launch(
            FactorKernel, arguments, new Index3D(1, 1, 1), group, KernelWork.Of(arguments.Chunks, arguments.Chunks));
        device.LaunchElementwise(
            ScaleKernel, arguments, arguments.Count, KernelWork.Of(2L * arguments.Count, arguments.Count));
    }

    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <summary>Clips a gradient [parameters] in place.</summary>
        public static void Run(double[] gradient, double maxNorm)
        {
            var norm = Math.Sqrt(gradient.Sum(value => value * value));
            var factor = Math.Min(1, maxNorm / (norm + Epsilon));
            for (var n = 0; n < gradient.Length; n++)
                gradient[n] *= factor;
        }
    }
}
