namespace GpuLstm.Engines.Contracts;

/// <summary>What one or more batches add up to.</summary>
/// <param name="LossSum">Sum of the rows' binary cross-entropies, in nats.</param>
/// <param name="Correct">Rows whose probability is on the label's side of 0.5.</param>
/// <param name="Rows">Rows counted.</param>
public readonly record struct BatchTotals(double LossSum, long Correct, long Rows)
{
    /// <summary>Mean binary cross-entropy of a row.</summary>
    public double MeanLoss => LossSum / Rows;

    /// <summary>Share of the rows classified right.</summary>
    public double Accuracy => (double)Correct / Rows;

    public static BatchTotals operator +(BatchTotals left, BatchTotals right) => Add(left, right);

    public static BatchTotals Add(BatchTotals left, BatchTotals right) =>
        new(left.LossSum + right.LossSum, left.Correct + right.Correct, left.Rows + right.Rows);
}
