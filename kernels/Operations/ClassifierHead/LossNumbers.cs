namespace GpuLstm.Kernels.Operations;

/// <summary>The numbers of a loss: a weight for each class, and label smoothing.</summary>
/// <param name="ClassWeights">w [C].</param>
/// <param name="Smoothing">ε, from 0 to below 1.</param>
public sealed record LossNumbers(IReadOnlyList<double> ClassWeights, double Smoothing)
{
    /// <summary>1 - ε + ε / C.</summary>
    public double OnTarget => 1 - Smoothing + OffTarget;

    /// <summary>ε / C.</summary>
    public double OffTarget => Smoothing / ClassWeights.Count;

    /// <summary>Whether it is the plain cross-entropy.</summary>
    public bool IsPlain { get; } = Smoothing == 0 && ClassWeights.All(weight => weight == 1);

    /// <summary>The plain cross-entropy of so many classes.</summary>
    public static LossNumbers Plain(int classes) => new([.. Enumerable.Repeat(1.0, classes)], 0);

    /// <summary>a_c of each class [C], for a row of a class.</summary>
    public double[] TargetsOf(int label) =>
        [.. ClassWeights.Select((weight, other) => weight * (other == label ? OnTarget : OffTarget))];

    /// <summary>What rows of these classes weigh together: Σ w_y.</summary>
    public double WeightOf(ReadOnlySpan<int> labels)
    {
        var sum = 0.0;
        foreach (var label in labels)
            sum += ClassWeights[label];
        return sum;
    }
}
