namespace GpuLstm.Engines.Contracts;

/// <summary>What one or more batches add up to.</summary>
/// <param name="LossSum">Sum of the rows' losses, in nats.</param>
/// <param name="Correct">Rows whose answer is their class.</param>
/// <param name="Rows">Rows counted.</param>
/// <param name="Weight">What they weigh together: the sum of their classes' weights.</param>
public readonly record struct BatchTotals(double LossSum, long Correct, long Rows, double Weight)
{
    /// <summary>Totals of rows that weigh 1 each.</summary>
    public BatchTotals(double lossSum, long correct, long rows)
        : this(lossSum, correct, rows, rows)
    {
    }

    /// <summary>Mean loss of a row, by weight.</summary>
    public double MeanLoss => LossSum / Weight;

    /// <summary>Share of the rows classified right.</summary>
    public double Accuracy => (double)Correct / Rows;

    public static BatchTotals operator +(BatchTotals left, BatchTotals right) => Add(left, right);

    public static BatchTotals Add(BatchTotals left, BatchTotals right) =>
        new(
            left.LossSum + right.LossSum, left.Correct + right.Correct, left.Rows + right.Rows, left.Weight + right.Weight);
}
