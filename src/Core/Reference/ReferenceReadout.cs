using GpuLstm.Options;

namespace GpuLstm.Reference;

/// <summary>What the head reads of a row's hidden states, forward and back, as <see cref="Readout"/> defines it.</summary>
/// <param name="options">The model's shape.</param>
/// <param name="attention"><c>attention.weight</c> [D H]; empty where there is none.</param>
public sealed class ReferenceReadout(ModelOptions options, double[] attention)
{
    /// <summary>Gradient of <c>attention.weight</c> [D H], summed over all calls of <see cref="Backward"/>.</summary>
    public double[] AttentionGradient { get; } = new double[attention.Length];

    /// <summary>What the head reads [R].</summary>
    /// <param name="states">The last layer's hidden states, of each step of the row [D H].</param>
    public double[] Forward(IReadOnlyList<double[]> states)
    {
        if (states.Count == 0)
            return new double[options.HeadInputs];
        return options.Readout switch
        {
            Readout.Last => [.. Columns().Select(n => states[LastStep(states, n)][n])],
            Readout.Mean => [.. Columns().Select(n => Mean(states, n))],
            Readout.Max => [.. Columns().Select(n => states[MaxStep(states, n)][n])],
            Readout.MeanMax =>
                [.. Columns().Select(n => Mean(states, n)), .. Columns().Select(n => states[MaxStep(states, n)][n])],
            Readout.Attention => Attended(states),
            _ => throw new NotSupportedException($"the reference has no readout {options.Readout}"),
        };
    }

    /// <summary>Goes back, and adds to <see cref="AttentionGradient"/>.</summary>
    /// <param name="states">As in <see cref="Forward"/>.</param>
    /// <param name="gradient">Of what the head reads [R].</param>
    /// <returns>Gradient of each step's hidden states [D H].</returns>
    public double[][] Backward(IReadOnlyList<double[]> states, double[] gradient)
    {
        double[][] ofStates = [.. states.Select(state => new double[state.Length])];
        if (states.Count == 0)
            return ofStates;
        if (options.Readout == Readout.Attention)
            AttendBackward(states, gradient, ofStates);
        foreach (var n in Columns())
        {
            if (options.Readout == Readout.Last)
                ofStates[LastStep(states, n)][n] += gradient[n];
            if (options.Readout is Readout.Mean or Readout.MeanMax)
            {
                foreach (var ofState in ofStates)
                    ofState[n] += gradient[n] / states.Count;
            }

            if (options.Readout is Readout.Max or Readout.MeanMax)
                ofStates[MaxStep(states, n)][n] += gradient[options.HeadInputs - options.Features + n];
        }

        return ofStates;
    }

    /// <summary>The weight of each step: softmax(w h).</summary>
    public double[] AttentionWeights(IReadOnlyList<double[]> states)
    {
        var scores = states.Select(state => state.Zip(attention, (hidden, weight) => hidden * weight).Sum()).ToArray();
        var exponentials = Array.ConvertAll(scores, score => Math.Exp(score - scores.Max()));
        var sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, exponential => exponential / sum);
    }

    private double[] Attended(IReadOnlyList<double[]> states)
    {
        var weights = AttentionWeights(states);
        return [.. Columns().Select(n => states.Zip(weights, (state, weight) => weight * state[n]).Sum())];
    }

    // With p = Σ a_t h_t and a = softmax(s): ds_t = a_t (da_t - Σ a da), where da_t = dp h_t.
    private void AttendBackward(IReadOnlyList<double[]> states, double[] gradient, double[][] ofStates)
    {
        var weights = AttentionWeights(states);
        var ofWeights = states.Select(state => state.Zip(gradient, (hidden, slope) => hidden * slope).Sum()).ToArray();
        var mean = weights.Zip(ofWeights, (weight, slope) => weight * slope).Sum();
        for (var t = 0; t < states.Count; t++)
        {
            var ofScore = weights[t] * (ofWeights[t] - mean);
            foreach (var n in Columns())
            {
                ofStates[t][n] += weights[t] * gradient[n] + ofScore * attention[n];
                AttentionGradient[n] += ofScore * states[t][n];
            }
        }
    }

    private IEnumerable<int> Columns() => Enumerable.Range(0, options.Features);

    // The reverse direction ends with the first step.
    private int LastStep(IReadOnlyList<double[]> states, int column) => column < options.HiddenSize ? states.Count - 1 : 0;

    private static double Mean(IReadOnlyList<double[]> states, int column) => states.Average(state => state[column]);

    /// <summary>The step of the largest value of a hidden unit; the first of several that are equal.</summary>
    public static int MaxStep(IReadOnlyList<double[]> states, int column)
    {
        var found = 0;
        for (var t = 1; t < states.Count; t++)
        {
            if (states[t][column] > states[found][column])
                found = t;
        }

        return found;
    }
}
