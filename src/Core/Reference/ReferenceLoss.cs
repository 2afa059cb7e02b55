namespace GpuLstm.Reference;

/// <summary>
/// Cross-entropy of a softmax over any number of classes in double, with class weights w and label smoothing ε as PyTorch's
/// <c>cross_entropy</c> has them. One logit z of two classes is the softmax of (0, z).
/// </summary>
/// <param name="classWeights">w [C].</param>
/// <param name="smoothing">Label smoothing ε.</param>
public sealed class ReferenceLoss(IReadOnlyList<double> classWeights, double smoothing)
{
    /// <summary>The weight of a row of a class.</summary>
    public double WeightOf(int label) => classWeights[label];

    /// <summary>The probabilities of all classes [C].</summary>
    /// <param name="logits">[C], or one for two classes.</param>
    public static double[] Probabilities(IReadOnlyList<double> logits)
    {
        var all = All(logits);
        var exponentials = all.Select(logit => Math.Exp(logit - all.Max())).ToArray();
        return [.. exponentials.Select(exponential => exponential / exponentials.Sum())];
    }

    /// <summary>The class with the largest logit.</summary>
    public static int Answer(IReadOnlyList<double> logits)
    {
        var all = All(logits);
        return Array.IndexOf(all, all.Max());
    }

    /// <summary>
    /// A row's loss: (1 - ε) w_y nll_y + ε / C Σ_c w_c nll_c; nll_c = ln Σ_j e^(z_j - z_c), in which nothing overflows.
    /// </summary>
    public double Of(IReadOnlyList<double> logits, int label)
    {
        var all = All(logits);
        var spread = 0.0;
        for (var c = 0; c < all.Length; c++)
            spread += classWeights[c] * NegativeLog(all, c);
        return (1 - smoothing) * classWeights[label] * NegativeLog(all, label) + smoothing / all.Length * spread;
    }

    /// <summary>Its derivatives by the logits.</summary>
    public double[] Slope(IReadOnlyList<double> logits, int label)
    {
        var all = All(logits);
        var slope = new double[all.Length];
        for (var c = 0; c < all.Length; c++)
        {
            // of nll_c by z_j: p_j - [j = c], where 1 - p_c is the sum of the others, so that nothing cancels
            var weight = classWeights[c] * ((c == label ? 1 - smoothing : 0) + smoothing / all.Length);
            var probabilities = Probabilities(all);
            for (var j = 0; j < all.Length; j++)
                slope[j] += weight * (j == c ? -probabilities.Where((_, other) => other != c).Sum() : probabilities[j]);
        }

        return logits.Count == 1 ? [slope[1]] : slope;
    }

    private static double[] All(IReadOnlyList<double> logits) => logits.Count == 1 ? [0, logits[0]] : [.. logits];

    private static double NegativeLog(double[] logits, int c)
    {
        var most = logits.Max();
        var others = logits.Where((_, j) => j != Array.IndexOf(logits, most)).Sum(logit => Math.Exp(logit - most));
        return most - logits[c] + Log1P(others);
    }

    // ln(1 + x): .NET has none for double, and 1 + x loses a small x.
    private static double Log1P(double x) => x < 1e-4 ? x * (1 - x * (0.5 - x * (1.0 / 3 - x / 4))) : Math.Log(1 + x);
}
