using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="Attention"/>, forward and backward: rows of every length from 0 to all steps, and scores that overflow a naive
/// softmax.
/// </summary>
internal static class AttentionCase
{
    private const double LargeWeight = 100;
    private const int Features = 40; // at most, but at real sizes

    public static void Run(CaseDevice device)
    {
        var (rows, steps, features) = (device.Size(20, real: 32), device.Size(90, real: 200), device.Size(Features, real: 128));
        var lengths = device.Indices(rows, steps + 1);
        // Hidden states are in ± 1, so scores stay below the sum of the weights.
        Run(device, lengths, steps, device.Values(features, range: 1 / Math.Sqrt(features)), "");
        if (device.Data == CaseData.Random)
            Run(device, lengths, steps, LargeWeights(device, features), " large scores");
    }

    // Scores grow with the root of the features, and their rounding with the scores.
    private static double[] LargeWeights(CaseDevice device, int features) =>
        device.Values(features, LargeWeight * Math.Min(1, Math.Sqrt((double)Features / features)));

    private static void Run(CaseDevice device, int[] lengths, int steps, double[] weights, string name)
    {
        var (rows, features) = (lengths.Length, weights.Length);
        var values = device.Uniform(steps * rows * features);
        var shape = $"B={rows} T={steps} F={features}{name}";
        var (stepWeights, pooled) = Attention.Reference.Forward(values, lengths, weights);
        var gradient = device.Gradients(pooled.Length);
        var expected = Attention.Reference.Backward(values, lengths, weights, stepWeights, gradient);
        var (actualWeights, actualPooled) = (device.Output(stepWeights.Length), device.Output(pooled.Length));
        var (ofScores, ofFeatures, ofWeights) =
            (device.Output(stepWeights.Length), device.Output(values.Length), device.Output(features));
        var arguments = new Attention.Arguments
        {
            Features = device.Input(values),
            Lengths = device.Input(lengths),
            Weights = device.Input(weights),
            StepWeights = actualWeights.View,
            Pooled = actualPooled.View,
            PooledGradient = device.Input(gradient),
            ScoreGradients = ofScores.View,
            FeatureGradient = ofFeatures.View,
            RowGradients = device.Output(rows * features).View,
            WeightGradient = ofWeights.View,
            Rows = rows,
            Steps = steps,
            FeatureCount = features,
        };
        Attention.Forward(device.Device, arguments);
        Attention.Backward(device.Device, arguments);
        // An error of a score is one of its exponential, so as large as the scores are.
        var bound = Bounds.Sums * (name.Length > 0 ? LargeWeight : 1);
        device.Compare("attention forward", "weights of the steps", shape, actualWeights, stepWeights, bound);
        device.Compare("attention forward", "pooled", shape, actualPooled, pooled, bound);
        device.Compare("attention backward", "scores", shape, ofScores, expected.Scores, device.GradientBound(bound));
        device.Compare("attention backward", "features", shape, ofFeatures, expected.Features, device.GradientBound(bound));
        device.Compare("attention backward", "weights", shape, ofWeights, expected.Weights, device.GradientBound(bound));
    }
}
