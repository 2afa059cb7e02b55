using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>An optimizer at work in double: its rule as the definition reads, and what it remembers of each parameter.</summary>
/// <remarks>
/// Of the pairs' table a step changes the rows that its batch reads, and what is remembered of them; the others stay as they are:
/// the variant that PyTorch calls SparseAdam, and TensorFlow LazyAdam.
/// </remarks>
public sealed class ReferenceOptimizer
{
    private readonly OptimizerOptions options;
    private readonly ParameterLayout layout;
    private readonly double[][] states;
    private readonly double[] decays;
    private int step;

    /// <summary>The moving average of the parameters, where one is kept [<see cref="ParameterLayout.Length"/>].</summary>
    public double[] Average { get; }

    /// <param name="layout">Which parameters there are.</param>
    /// <param name="options">The rule and its numbers.</param>
    public ReferenceOptimizer(ParameterLayout layout, OptimizerOptions options)
    {
        (this.layout, this.options) = (layout, options);
        Average = new double[layout.Length];
        states = [.. options.Rule.States.Select(_ => new double[layout.Length])];
        decays = Array.ConvertAll(layout.DecayMask(options.FreezeEmbedding), value => (double)value);
    }

    /// <summary>Changes the parameters by one step along their gradient.</summary>
    /// <param name="parameters">Updated [<see cref="ParameterLayout.Length"/>].</param>
    /// <param name="gradient">Likewise.</param>
    /// <param name="pairRows">The rows of the pairs' table that the batch reads.</param>
    public void Step(double[] parameters, double[] gradient, IReadOnlyCollection<int> pairRows)
    {
        double[][] changed = [parameters, .. states];
        double[][] before = layout.Pairs is { } table ? [.. changed.Select(values => table.In(values).ToArray())] : [];
        gradient = (double[])gradient.Clone();
        if (options.ClipNorm is { } norm)
            GradientClipping.Reference.Run(gradient, norm);
        options.Rule.RunInDouble(
            parameters, gradient, states, decays, new OptimizerStep(options.LearningRate, ++step, options.Values));
        foreach (var (values, old) in changed.Zip(before))
            TakeBackOthers(layout.Pairs!, pairRows, values, old);
        if (options.AverageDecay is { } decay)
            WeightAverage.Reference.Run(parameters, Average, WeightAverage.WeightOf(decay, step));
    }

    private static void TakeBackOthers(
        ParameterTensor table, IReadOnlyCollection<int> rows, double[] values, ReadOnlySpan<double> before)
    {
        var columns = table.Shape[1];
        foreach (var row in Enumerable.Range(0, table.Shape[0]).Except(rows))
            before.Slice(row * columns, columns).CopyTo(table.In(values)[(row * columns)..]);
    }
}
