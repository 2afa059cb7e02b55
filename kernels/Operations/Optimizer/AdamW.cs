using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, in PyTorch's form): first p -= lr λ p where weights decay, then
/// the step of <see cref="Adam"/>.
/// </summary>
/// <remarks>
/// The decay is subtracted, not multiplied as 1 - lr λ: that factor is so near 1 that float32 would round a tenth of a small
/// decay away.
/// </remarks>
public sealed class AdamW : Optimizer
{
    private const string WeightDecay = "weightDecay";
    private static readonly Adam Adam = new();

    public override string Name => "adamw";

    public override IReadOnlyList<string> States => Adam.States;

    public override IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
    [
        .. Adam.Hyperparameters,
        new(WeightDecay, 0.01, 0, 1, "What weights lose of themselves in a step, times the learning rate"),
    ];

    public override bool UsesDecays => true;

    internal override IEnumerable<KernelInstance> Kernels => [new(StepKernel, ComputeDevice.LargestGroup)];

    /// <summary>Arguments of the kernel; a thread updates one parameter.</summary>
    public struct Arguments
    {
        /// <summary>What Adam's step reads and writes.</summary>
        public Adam.Arguments Adam;

        /// <summary>1 where weight decay acts, else 0 [parameters].</summary>
        public ArrayView<float> Decays;

        /// <summary>lr λ.</summary>
        public float Decay;
    }

    /// <summary>What a weight loses of itself in a step, lr λ.</summary>
    public static float DecayOf(OptimizerStep step) => (float)(step.LearningRate * step.Values[WeightDecay]);

    [DeviceKernel]
    internal static void StepKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Adam.Count)
            return;
        a.Adam.Parameters[index] -= a.Decay * a.Decays[index] * a.Adam.Parameters[index];
        Operations.Adam.Update(a.Adam, index);
    }

    public override void Run(ComputeDevice device, OptimizerBuffers buffers, OptimizerStep step)
    {
        var adam = Operations.Adam.ArgumentsOf(buffers, step);
        var arguments = new Arguments { Adam = adam, Decays = buffers.Decays, Decay = DecayOf(step) };
        device.LaunchElementwise(StepKernel, arguments, adam.Count, KernelWork.Of(8L * adam.Count, 15L * adam.Count));
    }

    public override void RunInDouble(
        double[] parameters, double[] gradient, IReadOnlyList<double[]> states, double[] decays, OptimizerStep step)
    {
        for (var n = 0; n < parameters.Length; n++)
            parameters[n] *= 1 - step.LearningRate * step.Values[WeightDecay] * decays[n];
        Adam.RunInDouble(parameters, gradient, states, decays, step);
    }
}
