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

    /// <summary>The moving average of the parameters, where one is kept [<see cref="ParameterLayout.Length"/>].</summary>
    public double[] Average { get; }

    /// <param name="layout">Which parameters there are.</param>
    /// <param name="options">The rule and its numbers.</param>
    public ReferenceOptimizer(ParameterLayout layout, OptimizerOptions options)
    {
        this.options = options;
        Average = new double[layout.Length];
        states = [.. options.Rule.States.Select(_ => new double[layout.Length])];
        decays = Array.ConvertAll(layout.DecayMask(options.FreezeEmbedding), value => (double)value);
    }

    /// <summary>Changes the parameters by one step along their gradient, both [<see cref="ParameterLayout.Length"/>].</summary>
    public void Step(double[] parameters, double[] gradient)
    {
        gradient = (double[])gradient.Clone();
        if (options.ClipNorm is { } norm)
            GradientClipping.Reference.Run(gradient, norm);
        options.Rule.RunInDouble(
            parameters, gradient, states, decays, new OptimizerStep(options.LearningRate, ++step, options.Values));
        if (options.AverageDecay is { } decay)
            WeightAverage.Reference.Run(parameters, Average, WeightAverage.WeightOf(decay, step));
    }
}
