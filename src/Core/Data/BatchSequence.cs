namespace GpuLstm.Data;

/// <summary>
/// The rows of a matrix batch after batch, in any order; the last batch may be smaller. Two batches are allocated once, and
/// filled again and again.
/// </summary>
/// <param name="matrix">The rows.</param>
/// <param name="batchSize">Rows of a batch.</param>
internal sealed class BatchSequence(TokenMatrix matrix, int batchSize)
{
    private readonly TokenBatch full = matrix.CreateBatch(Math.Min(batchSize, matrix.Rows));
    private readonly TokenBatch last = matrix.CreateBatch(matrix.Rows % batchSize);

    /// <summary>How many batches.</summary>
    public int Count => (matrix.Rows + batchSize - 1) / batchSize;

    /// <summary>Fills a batch.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="order">All rows' numbers [N].</param>
    /// <returns>Good until the next call.</returns>
    public TokenBatch Gather(int index, ReadOnlySpan<int> order)
    {
        var rows = order.Slice(index * batchSize, Math.Min(batchSize, order.Length - index * batchSize));
        var batch = rows.Length == full.Rows ? full : last;
        matrix.GatherBatch(rows, batch);
        return batch;
    }
}
