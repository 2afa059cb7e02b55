using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;
using ILGPU.Algorithms;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// One Adam step over the flat parameter buffer (Kingma and Ba 2015, in PyTorch's form):
/// m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; p -= lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε).
/// </summary>
public static class Adam
{
    /// <summary>Arguments of the kernel; a thread updates one parameter.</summary>
    public struct Arguments
    {
        /// <summary>Parameters, updated [parameters].</summary>
        public ArrayView<float> Parameters;

        /// <summary>Their gradients [parameters].</summary>
        public ArrayView<float> Gradients;

        /// <summary>First moments m, updated [parameters].</summary>
        public ArrayView<float> FirstMoments;

        /// <summary>Second moments v, updated [parameters].</summary>
        public ArrayView<float> SecondMoments;

        /// <summary>This step's factors.</summary>
        public StepFactors Factors;

        /// <summary>How many parameters.</summary>
        public int Count;
    }

    /// <summary>What a step needs of the hyper-parameters and its number, computed once on the host in double.</summary>
    public struct StepFactors
    {
        /// <summary>Decay of the first moments, β₁.</summary>
        public float Beta1;

        /// <summary>1 - β₁, rounded once.</summary>
        public float OneMinusBeta1;

        /// <summary>Decay of the second moments, β₂.</summary>
        public float Beta2;

        /// <summary>1 - β₂, rounded once.</summary>
        public float OneMinusBeta2;

        /// <summary>lr / (1 - β₁ᵗ).</summary>
        public float StepSize;

        /// <summary>1 / √(1 - β₂ᵗ).</summary>
        public float SecondMomentScale;

        /// <summary>Added to the root of the second moments, ε.</summary>
        public float Epsilon;

        /// <param name="learningRate">The learning rate.</param>
        /// <param name="beta1">Decay of the first moments, β₁.</param>
        /// <param name="beta2">Decay of the second moments, β₂.</param>
        /// <param name="epsilon">Added to the root of the second moments, ε.</param>
        /// <param name="step">The number of the step, from 1.</param>
        public static StepFactors Of(double learningRate, double beta1, double beta2, double epsilon, int step) => new()
        {
            Beta1 = (float)beta1,
            OneMinusBeta1 = (float)(1 - beta1),
            Beta2 = (float)beta2,
            OneMinusBeta2 = (float)(1 - beta2),
            StepSize = (float)(learningRate / (1 - Math.Pow(beta1, step))),
            SecondMomentScale = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step))),
            Epsilon = (float)epsilon,
        };
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => [new(StepKernel, ComputeDevice.LargestGroup)];

    [DeviceKernel]
    internal static void StepKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index < a.Count)
            Update(a, index);
    }

    /// <summary>One parameter's step; the thread writes it and its moments.</summary>
    internal static void Update(Arguments a, int index)
    {
        var gradient = a.Gradients[index];
        var first = a.Factors.Beta1 * a.FirstMoments[index] + a.Factors.OneMinusBeta1 * gradient;
        var second = a.Factors.Beta2 * a.SecondMoments[index] + a.Factors.OneMinusBeta2 * gradient * gradient;
        a.FirstMoments[index] = first;
        a.SecondMoments[index] = second;
        a.Parameters[index] -= a.Factors.StepSize * first / (
            XMath.Sqrt(second) * a.Factors.SecondMomentScale + a.Factors.Epsilon);
    }

    /// <summary>Queues the kernel.</summary>
    public static void Step(ComputeDevice device, Arguments arguments) =>
        device.LaunchElementwise(
            StepKernel, arguments, arguments.Count, KernelWork.Of(7L * arguments.Count, 12L * arguments.Count));

    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <summary>
        /// Updates <paramref name="parameters"/> and the moments, all [parameters], by step <paramref name="step"/> (from 1).
        /// </summary>
        public static void Step(
            double[] parameters, double[] gradients, double[] firstMoments, double[] secondMoments,
            double learningRate, double beta1, double beta2, double epsilon, int step)
        {
            for (var n = 0; n < parameters.Length; n++)
            {
                firstMoments[n] = beta1 * firstMoments[n] + (1 - beta1) * gradients[n];
                secondMoments[n] = beta2 * secondMoments[n] + (1 - beta2) * gradients[n] * gradients[n];
                var firstHat = firstMoments[n] / (1 - Math.Pow(beta1, step));
                var secondHat = secondMoments[n] / (1 - Math.Pow(beta2, step));
                parameters[n] -= learningRate * firstHat / (Math.Sqrt(secondHat) + epsilon);
            }
        }
    }
}
