using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Stochastic gradient descent with momentum (in PyTorch's form, without dampening): b = μ b + g; p -= lr b.
/// </summary>
public sealed class Sgd : Optimizer
{
    private const string Momentum = "momentum";

    public override string Name => "sgd";

    public override IReadOnlyList<string> States { get; } = ["momentum_buffer"];

    public override IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
        [new(Momentum, 0.9, 0, 0.9999999, "What a step keeps of the steps before")];

    internal override IEnumerable<KernelInstance> Kernels => [new(StepKernel, ComputeDevice.LargestGroup)];

    /// <summary>Arguments of the kernel; a thread updates one parameter.</summary>
    public struct Arguments
    {
        /// <summary>Parameters, updated [parameters].</summary>
        public ArrayView<float> Parameters;

        /// <summary>Their gradient [parameters].</summary>
        public ArrayView<float> Gradient;

        /// <summary>The sum b of the gradients so far, updated [parameters].</summary>
        public ArrayView<float> Momentum;

        /// <summary>This step's factors.</summary>
        public StepFactors Factors;

        /// <summary>How many parameters.</summary>
        public int Count;
    }

    /// <summary>What a step needs.</summary>
    public struct StepFactors
    {
        /// <summary>What is kept of the steps before, μ.</summary>
        public float Momentum;

        /// <summary>The learning rate.</summary>
        public float LearningRate;

        /// <summary>Those of a step.</summary>
        public static StepFactors Of(OptimizerStep step) =>
            new() { Momentum = (float)step.Values[Sgd.Momentum], LearningRate = (float)step.LearningRate };
    }

    [DeviceKernel]
    internal static void StepKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Count)
            return;
        var momentum = a.Factors.Momentum * a.Momentum[index] + a.Gradient[index];
        a.Momentum[index] = momentum;
        a.Parameters[index] -= a.Factors.LearningRate * momentum;
    }

    public override void Run(ComputeDevice device, OptimizerBuffers buffers, OptimizerStep step)
    {
        var count = buffers.Parameters.IntLength;
        var arguments = new Arguments
        {
            Parameters = buffers.Parameters,
            Gradient = buffers.Gradient,
            Momentum = buffers.States[0],
            Factors = StepFactors.Of(step),
            Count = count,
        };
        device.LaunchElementwise(StepKernel, arguments, count, KernelWork.Of(5L * count, 4L * count));
    }

    public override void RunInDouble(
        double[] parameters, double[] gradient, IReadOnlyList<double[]> states, double[] decays, OptimizerStep step)
    {
        for (var n = 0; n < parameters.Length; n++)
        {
            states[0][n] = step.Values[Momentum] * states[0][n] + gradient[n];
            parameters[n] -= step.LearningRate * states[0][n];
        }
    }
}
