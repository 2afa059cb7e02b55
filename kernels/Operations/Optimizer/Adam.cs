using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;
using ILGPU.Algorithms;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// One Adam step over the flat parameter buffer (Kingma and Ba 2015, in PyTorch's form):
/// m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; p -= lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε).
/// </summary>
public sealed class Adam : Optimizer
{
    internal const string Beta1 = "beta1";
    internal const string Beta2 = "beta2";
    internal const string Epsilon = "epsilon";

    public override string Name => "adam";

    public override IReadOnlyList<string> States { get; } = ["exp_avg", "exp_avg_sq"];

    public override IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
    [
        new(Beta1, 0.9, 0, 0.9999999, "Decay of the mean of the gradients"),
        new(Beta2, 0.999, 0, 0.9999999, "Decay of the mean of their squares"),
        new(Epsilon, 1e-8, 1e-30, 1, "Added to the root of that mean"), // 0 / 0 where a gradient was always 0
    ];

    /// <summary>Its kernels.</summary>
    internal override IEnumerable<KernelInstance> Kernels => [new(StepKernel, ComputeDevice.LargestGroup)];

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

        /// <summary>Those of a step.</summary>
        public static StepFactors Of(OptimizerStep step)
        {
            var (beta1, beta2) = (step.Values[Adam.Beta1], step.Values[Adam.Beta2]);
            return new()
            {
                Beta1 = (float)beta1,
                OneMinusBeta1 = (float)(1 - beta1),
                Beta2 = (float)beta2,
                OneMinusBeta2 = (float)(1 - beta2),
                StepSize = (float)(step.LearningRate / (1 - Math.Pow(beta1, step.Number))),
                SecondMomentScale = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step.Number))),
                Epsilon = (float)step.Values[Adam.Epsilon],
            };
        }
    }

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

    /// <summary>The arguments of a step.</summary>
    internal static Arguments ArgumentsOf(OptimizerBuffers buffers, OptimizerStep step) => new()
    {
        Parameters = buffers.Parameters,
        Gradients = buffers.Gradient,
        FirstMoments = buffers.States[0],
        SecondMoments = buffers.States[1],
        Factors = StepFactors.Of(step),
        Count = buffers.Parameters.IntLength,
    };

    public override void Run(ComputeDevice device, OptimizerBuffers buffers, OptimizerStep step)
    {
        var arguments = ArgumentsOf(buffers, step);
        device.LaunchElementwise(
            StepKernel, arguments, arguments.Count, KernelWork.Of(7L * arguments.Count, 12L * arguments.Count));
    }

    public override void RunInDouble(
        double[] parameters, double[] gradient, IReadOnlyList<double[]> states, double[] decays, OptimizerStep step) =>
        Reference.Step(parameters, gradient, states[0], states[1], step);

    /// <summary>The operation in double, as its definition reads.</summary>
    internal static class Reference
    {
        /// <summary>Updates <paramref name="parameters"/> and the moments, all [parameters].</summary>
        public static void Step(
            double[] parameters, double[] gradient, double[] firstMoments, double[] secondMoments, OptimizerStep step)
        {
            var (beta1, beta2, epsilon) = (step.Values[Beta1], step.Values[Beta2], step.Values[Epsilon]);
            for (var n = 0; n < parameters.Length; n++)
            {
                firstMoments[n] = beta1 * firstMoments[n] + (1 - beta1) * gradient[n];
                secondMoments[n] = beta2 * secondMoments[n] + (1 - beta2) * gradient[n] * gradient[n];
                var firstHat = firstMoments[n] / (1 - Math.Pow(beta1, step.Number));
                var secondHat = secondMoments[n] / (1 - Math.Pow(beta2, step.Number));
                parameters[n] -= step.LearningRate * firstHat / (Math.Sqrt(secondHat) + epsilon);
            }
        }
    }
}
