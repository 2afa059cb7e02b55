using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The exponential moving average of the weights (Polyak averaging, as PyTorch's <c>AveragedModel</c> with an EMA): after the
/// first step the average is the parameters, after each later one a += (1 - d) (p - a).
/// </summary>
/// <remarks>Written so, no rounding of d and 1 - d can pull the average to one side.</remarks>
public static class WeightAverage
{
    /// <summary>Arguments of the kernel; a thread updates one element.</summary>
    public struct Arguments
    {
        /// <summary>The parameters [parameters].</summary>
        public ArrayView<float> Parameters;

        /// <summary>Their average, updated [parameters].</summary>
        public ArrayView<float> Average;

        /// <summary>See <see cref="WeightOf"/>.</summary>
        public float Weight;

        /// <summary>How many parameters.</summary>
        public int Count;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => [new(StepKernel, ComputeDevice.LargestGroup)];

    /// <summary>What the parameters count in the average: all after the first step, then 1 - d.</summary>
    /// <param name="decay">The decay d, below 1.</param>
    /// <param name="step">The number of the step, from 1.</param>
    public static double WeightOf(double decay, int step) => step == 1 ? 1 : 1 - decay;

    [DeviceKernel]
    internal static void StepKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Count)
            return;
        var (parameter, average) = (a.Parameters[index], a.Average[index]);
        a.Average[index] = a.Weight < 1f ? average + a.Weight * (parameter - average) : parameter;
    }

    /// <summary>Queues the kernel.</summary>
    public static void Run(ComputeDevice device, Arguments arguments) =>
        device.LaunchElementwise(
            StepKernel, arguments, arguments.Count, KernelWork.Of(3L * arguments.Count, 3L * arguments.Count));

    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <summary>Updates an average of parameters, both [parameters].</summary>
        public static void Run(double[] parameters, double[] average, double weight)
        {
            for (var n = 0; n < parameters.Length; n++)
                average[n] = weight * parameters[n] + (1 - weight) * average[n];
        }
    }
}
