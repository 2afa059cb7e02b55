using System.Numerics.Tensors;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The embedding of the pair at each position [positions, padded], and back from its gradient to that of the batch's rows of the
/// pairs' table.
/// </summary>
/// <remarks>
/// Few pairs come twice in a batch, so that products are of positions and not of pairs. A row's gradient is summed over the
/// positions in ascending order, whatever the number of threads.
/// </remarks>
internal sealed class CpuPairs<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Positions that are worth a thread.
    private const int PositionsForThread = 512;

    private readonly ParameterLayout layout;
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer? allGradients;
    private readonly WorkerPool pool;
    private readonly int size;
    private readonly int padded;
    private readonly PinnedBuffer factors; // of dropout, of each row of the table that the batch reads [U, D]
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> sumPart;
    private CpuBatch batch = null!;

    /// <param name="options">The model.</param>
    /// <param name="layout">Where its parameters are.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="parameters">All parameters, flat, with the batch's rows of the table behind.</param>
    /// <param name="allGradients">Their gradient, likewise; null for inference.</param>
    /// <param name="pool">The threads.</param>
    public CpuPairs(
        ModelOptions options, ParameterLayout layout, EngineLimits limits, PinnedBuffer parameters, PinnedBuffer? allGradients,
        WorkerPool pool)
    {
        (this.layout, this.parameters, this.allGradients, this.pool) = (layout, parameters, allGradients, pool);
        size = options.Pairs!.Size;
        padded = Gemm<TLanes>.Padded(size);
        var room = (long)CpuBatch.PositionsOf(limits.MaxRows, limits.MaxSteps) * padded;
        var rows = SlotNumbers.CountOf(options.Pairs.Rows, limits.MaxRows * limits.MaxSteps);
        Embedded = [new PinnedBuffer(room)];
        Gradient = [new PinnedBuffer(allGradients is null ? 0 : room)];
        factors = new PinnedBuffer(allGradients is null ? 0 : (long)rows * size);
        forwardPart = ForwardPart;
        sumPart = SumPart;
    }

    /// <summary>The only one of these inputs of a layer, see <see cref="CpuDenseGates{TLanes}"/>.</summary>
    public PinnedBuffer[] Embedded { get; }

    /// <summary>Its gradient; where rows run it is written elsewhere.</summary>
    public PinnedBuffer[] Gradient { get; }

    private DropoutMask? Mask => batch.Dropout?.MaskOf(DropoutPlace.Pairs);

    /// <summary>Gathers the embeddings.</summary>
    public void Forward(CpuBatch batch)
    {
        this.batch = batch;
        if (Mask is { } mask)
        {
            for (var slot = 0; slot < batch.Pairs!.Slots.Count; slot++)
                CpuDropout.Factors(mask, batch.Pairs.Numbers[slot], RowOf(factors.Span, slot));
        }

        pool.Run(forwardPart, batch.Rows * batch.Steps / PositionsForThread);
    }

    /// <summary>Adds to the gradients of the batch's rows of the table.</summary>
    public void Backward()
    {
        pool.Run(sumPart, Math.Min(size, batch.Rows * batch.Steps / PositionsForThread));
        if (Mask is null)
            return;
        var rows = Rows(allGradients!)[..(batch.Pairs!.Slots.Count * size)];
        TensorPrimitives.Multiply(rows, factors.Span[..rows.Length], rows);
    }

    /// <summary>A share of the rows of the batch.</summary>
    private void ForwardPart(int part, int parts)
    {
        var rows = Rows(parameters);
        var isDropped = Mask is not null;
        for (var row = part; row < batch.Rows; row += parts)
        {
            for (var t = 0; t < batch.Lengths[row]; t++)
            {
                var (slot, target) = (SlotOf(row, t), row * batch.PositionStride + t);
                var embedded = Embedded[0].Span.Slice(target * padded, size);
                if (isDropped)
                    TensorPrimitives.Multiply(RowOf(rows, slot), RowOf(factors.Span, slot), embedded);
                else
                    RowOf(rows, slot).CopyTo(embedded);
            }
        }
    }

    /// <summary>A share of the columns.</summary>
    private void SumPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(size, part, parts);
        var rows = Rows(allGradients!);
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var t = 0; t < batch.Lengths[row]; t++)
            {
                var position = row * batch.PositionStride + t;
                var target = RowOf(rows, SlotOf(row, t))[first..end];
                TensorPrimitives.Add(target, Gradient[0].Span.Slice(position * padded + first, end - first), target);
            }
        }
    }

    private int SlotOf(int row, int t) => batch.Pairs!.Slots.TableOffsets[row * batch.Stride + t];

    private Span<float> Rows(PinnedBuffer flat) => flat.Span[CpuTableRows.OffsetOf(layout, layout.Pairs, batch)..];

    private Span<float> RowOf(Span<float> rows, int slot) => rows.Slice(slot * size, size);
}
