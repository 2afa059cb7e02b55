using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>An optimizer at work in double: its rule as the definition reads, and what it remembers of each parameter.</summary>
/// <remarks>
/// Of the tables of pairs and n-grams a step changes the rows that its batch reads, and what is remembered of them; the others
/// stay as they are: the variant that PyTorch calls SparseAdam, and TensorFlow LazyAdam.
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
    /// <param name="rows">The rows that the batch reads, of each of <see cref="ParameterLayout.RowTables"/>.</param>
    public void Step(double[] parameters, double[] gradient, IReadOnlyList<IReadOnlyCollection<int>> rows)
    {
        double[][] changed = [parameters, .. states];
        double[][] before = layout.RowTables.Count > 0 ? [.. changed.Select(values => (double[])values.Clone())] : [];
        gradient = (double[])gradient.Clone();
        if (options.ClipNorm is { } norm)
            GradientClipping.Reference.Run(gradient, norm);
        options.Rule.RunInDouble(
            parameters, gradient, states, decays, new OptimizerStep(options.LearningRate, ++step, options.Values));
        foreach (var (values, old) in changed.Zip(before))
        {
            foreach (var (table, read) in layout.RowTables.Zip(rows))
                TakeBackOthers(table, read, values, old);
        }

        if (options.AverageDecay is { } decay)
            WeightAverage.Reference.Run(parameters, Average, WeightAverage.WeightOf(decay, step));
    }

    private static void TakeBackOthers(
        ParameterTensor table, IReadOnlyCollection<int> rows, double[] values, double[] before)
    {
        var columns = table.Shape[1];
        foreach (var row in Enumerable.Range(0, table.Shape[0]).Except(rows))
            table.In(before).Slice(row * columns, columns).CopyTo(table.In(values)[(row * columns)..]);
    }
}
