using System.Numerics.Tensors;
using GpuLstm.Data;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The mean of the embeddings of each token's n-grams [U, D], for the batch's token slots, and back from the means' gradient to
/// that of the n-grams. The counterpart of the kernel <see cref="EmbeddingBag"/>.
/// </summary>
/// <remarks>Every sum is in the order of the rows or of the slots, whatever the number of threads.</remarks>
internal sealed class CpuNgramMeans
{
    // Numbers that are worth a thread.
    private const int NumbersForThread = 1 << 13;

    private readonly ParameterLayout layout;
    private readonly WorkerPool pool;
    private readonly int size;
    private readonly PinnedBuffer means; // [U, D]
    private readonly PinnedBuffer factors; // [U, D]: of dropout
    private readonly PinnedBuffer gradient; // [U, D]: of the means
    private readonly Action<int, int> meanPart;
    private readonly Action<int, int> spreadPart;
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer? allGradients;
    private readonly TokenNgrams tokens;
    private CpuBatch batch = null!;

    /// <param name="options">The n-grams.</param>
    /// <param name="layout">Where parameters are.</param>
    /// <param name="maxSlots">The most token slots of a batch.</param>
    /// <param name="parameters">All parameters, flat, with the batch's rows of the table behind.</param>
    /// <param name="allGradients">Their gradient, likewise; null for inference.</param>
    /// <param name="pool">The threads.</param>
    public CpuNgramMeans(
        NgramOptions options, ParameterLayout layout, int maxSlots, PinnedBuffer parameters, PinnedBuffer? allGradients,
        WorkerPool pool)
    {
        (this.layout, this.parameters, this.allGradients, this.pool) = (layout, parameters, allGradients, pool);
        (size, tokens) = (options.Size, options.Tokens);
        means = new PinnedBuffer((long)maxSlots * size);
        var inTraining = allGradients is null ? 0 : (long)maxSlots * size;
        factors = new PinnedBuffer(inTraining);
        gradient = new PinnedBuffer(inTraining);
        meanPart = MeanPart;
        spreadPart = SpreadPart;
    }

    private int Worth => batch.Ngrams!.Count * size / NumbersForThread;

    /// <summary>Computes the means; 0 for a token without n-grams.</summary>
    public void Forward(CpuBatch batch)
    {
        this.batch = batch;
        pool.Run(meanPart, Worth);
    }

    /// <summary>The mean of a token's slot [D].</summary>
    public ReadOnlySpan<float> Of(int slot) => RowOf(means, slot);

    /// <summary>Takes the gradient of a mean [D].</summary>
    /// <param name="slot">The token's slot.</param>
    /// <param name="source">The gradient.</param>
    /// <param name="adds">Whether to add to what another direction has given.</param>
    public void TakeGradient(int slot, ReadOnlySpan<float> source, bool adds)
    {
        var target = RowOf(gradient, slot);
        if (adds)
            TensorPrimitives.Add(target, source, target);
        else
            source.CopyTo(target);
    }

    /// <summary>Adds to the gradients of the batch's rows of the table.</summary>
    public void Backward()
    {
        if (Mask is not null)
        {
            var length = batch.Tokens.Slots.Count * size;
            var all = gradient.Span[..length];
            TensorPrimitives.Multiply(all, factors.Span[..length], all);
        }

        pool.Run(spreadPart, Math.Min(size, Worth));
    }

    private DropoutMask? Mask => batch.Dropout?.MaskOf(DropoutPlace.Ngrams);

    /// <summary>A share of the slots.</summary>
    private void MeanPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(batch.Tokens.Slots.Count, part, parts);
        var rows = parameters.Span[CpuTableRows.OffsetOf(layout, layout.Ngrams, batch)..];
        var dropout = Mask;
        for (var slot = first; slot < end; slot++)
        {
            var token = batch.Tokens.Numbers[slot];
            var mean = RowOf(means, slot);
            mean.Clear();
            if (!batch.Ngrams!.Has(token))
                continue;
            var numbers = tokens.RowsOf(token);
            foreach (var number in numbers)
                TensorPrimitives.Add(mean, rows.Slice(batch.Ngrams.SlotOf(number) * size, size), mean);
            if (numbers.Length > 1)
                TensorPrimitives.Multiply(mean, 1f / numbers.Length, mean);
            if (dropout is { } mask)
            {
                CpuDropout.Factors(mask, token, RowOf(factors, slot));
                TensorPrimitives.Multiply(mean, RowOf(factors, slot), mean);
            }
        }
    }

    /// <summary>A share of the columns.</summary>
    private void SpreadPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(size, part, parts);
        var rows = allGradients!.Span[CpuTableRows.OffsetOf(layout, layout.Ngrams, batch)..];
        for (var slot = 0; slot < batch.Tokens.Slots.Count; slot++)
        {
            if (!batch.Ngrams!.Has(batch.Tokens.Numbers[slot]))
                continue;
            var numbers = tokens.RowsOf(batch.Tokens.Numbers[slot]);
            var source = RowOf(gradient, slot)[first..end];
            if (numbers.Length > 1)
                TensorPrimitives.Multiply(source, 1f / numbers.Length, source);
            foreach (var number in numbers)
            {
                var target = rows.Slice(batch.Ngrams.SlotOf(number) * size + first, end - first);
                TensorPrimitives.Add(target, source, target);
            }
        }
    }

    private Span<float> RowOf(PinnedBuffer rows, int slot) => rows.Span.Slice(slot * size, size);
}
