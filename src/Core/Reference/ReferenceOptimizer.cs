using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>An optimizer at work in double: its rule as the definition reads, and what it remembers of each parameter.</summary>
public sealed class ReferenceOptimizer
{
    private readonly OptimizerOptions options;
    private readonly double[][] states;
    private readonly double[] decays;
    private int step;

    /// <param name="layout">Which parameters there are.</param>
    /// <param name="options">The rule and its numbers.</param>
    public ReferenceOptimizer(ParameterLayout layout, OptimizerOptions options)
    {
        this.options = options;
        states = [.. options.Rule.States.Select(_ => new double[layout.Length])];
        decays = Array.ConvertAll(layout.DecayMask(), value => (double)value);
    }

    /// <summary>Changes the parameters by one step along their gradient, both [<see cref="ParameterLayout.Length"/>].</summary>
    public void Step(double[] parameters, double[] gradient) =>
        options.Rule.RunInDouble(
            parameters, gradient, states, decays, new OptimizerStep(options.LearningRate, ++step, options.Values));
}
