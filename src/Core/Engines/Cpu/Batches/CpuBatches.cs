using GpuLstm.Data;
using GpuLstm.Engines.Contracts;

namespace GpuLstm.Engines.Cpu.Batches;

/// <summary>
/// Rows in memory. A batch is gathered when it is needed; two are allocated once, of full size and of the last one's, and filled
/// again and again.
/// </summary>
/// <param name="rows">The rows.</param>
/// <param name="batchSize">Rows of a batch.</param>
internal sealed class CpuBatches(TokenMatrix rows, int batchSize) : IEngineBatches
{
    private readonly TokenBatch full = rows.CreateBatch(Math.Min(batchSize, rows.Rows));
    private readonly TokenBatch last = rows.CreateBatch(rows.Rows % batchSize);
    private readonly int[] order = [.. Enumerable.Range(0, rows.Rows)];

    public int Count => (rows.Rows + batchSize - 1) / batchSize;

    public void Reorder(ReadOnlySpan<int> order) => order.CopyTo(this.order);

    /// <summary>Fills a batch.</summary>
    /// <param name="index">From 0.</param>
    /// <returns>Good until the next call.</returns>
    public TokenBatch Gather(int index)
    {
        var inBatch = order.AsSpan(index * batchSize, Math.Min(batchSize, order.Length - index * batchSize));
        var batch = inBatch.Length == full.Rows ? full : last;
        rows.GatherBatch(inBatch, batch);
        return batch;
    }

    public void Dispose()
    {
    }
}
