using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A rule by which a training step changes each parameter along its gradient. An element of any result depends on the same
/// element of the others alone.
/// </summary>
public abstract class Optimizer
{
    /// <summary>All rules.</summary>
    public static IReadOnlyList<Optimizer> All { get; } = [new Adam(), new AdamW(), new Sgd()];

    /// <summary>What a user calls it.</summary>
    public abstract string Name { get; }

    /// <summary>What it remembers of each parameter, by PyTorch's names; all are 0 at first.</summary>
    public abstract IReadOnlyList<string> States { get; }

    /// <summary>What can be chosen, beside the learning rate.</summary>
    public abstract IReadOnlyList<Hyperparameter> Hyperparameters { get; }

    /// <summary>Whether it decays weights.</summary>
    public virtual bool UsesDecays => false;

    /// <summary>Its kernels.</summary>
    internal abstract IEnumerable<KernelInstance> Kernels { get; }

    /// <summary>The rule of a name.</summary>
    /// <returns>Null where there is none.</returns>
    public static Optimizer? Named(string name) => All.FirstOrDefault(rule => rule.Name == name);

    /// <summary>Queues a step.</summary>
    public abstract void Run(ComputeDevice device, OptimizerBuffers buffers, OptimizerStep step);

    /// <summary>The step in double, as its definition reads.</summary>
    /// <param name="parameters">Updated [parameters].</param>
    /// <param name="gradient">[parameters].</param>
    /// <param name="states">As <see cref="States"/> has them, each updated [parameters].</param>
    /// <param name="decays">1 where weight decay acts, else 0 [parameters].</param>
    /// <param name="step">What the step is given.</param>
    public abstract void RunInDouble(
        double[] parameters, double[] gradient, IReadOnlyList<double[]> states, double[] decays, OptimizerStep step);
}

/// <summary>What a step is given.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Number">The number of the step, from 1.</param>
/// <param name="Values">A value for each of the rule's hyperparameters.</param>
public readonly record struct OptimizerStep(double LearningRate, int Number, HyperparameterValues Values);

/// <summary>What a step reads and writes on a device.</summary>
/// <param name="Parameters">Updated [parameters].</param>
/// <param name="Gradient">Read [parameters].</param>
/// <param name="States">As <see cref="Optimizer.States"/> has them, each updated [parameters].</param>
/// <param name="Decays">
/// 1 where weight decay acts, else 0; read [parameters]; empty where the rule does not decay.
/// </param>
public sealed record OptimizerBuffers(
    ArrayView<float> Parameters, ArrayView<float> Gradient, IReadOnlyList<ArrayView<float>> States, ArrayView<float> Decays);
