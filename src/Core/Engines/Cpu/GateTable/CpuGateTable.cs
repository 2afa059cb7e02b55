using System.Numerics.Tensors;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The input half of the first layer's gates in one direction for each slot, table [U, width] = embedding[token] W_ihᵀ + b_ih +
/// b_hh, and back from the table's gradient to those of embedding, W_ih and both biases. Beside an embedding row, or added to it,
/// may be the mean of the token's n-grams. The counterpart of the kernel <see cref="Kernels.Operations.GateTable"/>, in the
/// columns of a layer.
/// </summary>
/// <remarks>Every sum runs over slots or columns in ascending order, whatever the number of threads.</remarks>
internal sealed unsafe class CpuGateTable<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Multiplications that take longer than waking a thread for them.
    private const int MinForThread = 1 << 17;

    // Positions that are worth a thread.
    private const int PositionsForThread = 128;

    private readonly ParameterTensor tensor;
    private readonly LstmParameters lstm;
    private readonly GateColumns columns;
    private readonly WorkerPool pool;
    private readonly int width;
    private readonly CpuNgramMeans? ngrams;
    private readonly int ngramColumn;
    private readonly int embeddingSize; // E
    private readonly int size; // I: E, and the n-grams' where they are appended
    private readonly int stride; // all columns of W_ih
    private readonly int paddedSize;
    private readonly PinnedBuffer embedded; // [U, I]: the embedding rows of the slots
    private readonly PinnedBuffer embeddingFactors; // [U, E]: of dropout
    private readonly PinnedBuffer embeddedGradient; // [U, padded I]
    private readonly PinnedBuffer inputWeights; // packed: W_ihᵀ [I, width] forward, W_ih [width, padded I] back
    private readonly PinnedBuffer weightGradient; // [I, width]
    private readonly float[] biasGradient; // [width]
    private readonly PinnedBuffer scattered; // [width, I]: W_ih in the layer's columns
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> weightsPart;
    private readonly Action<int, int> embeddingPart;
    private readonly Action<int, int> sumPart;
    private CpuBatch batch = null!;
    private float* positions;

    /// <param name="options">The model.</param>
    /// <param name="tensor">The embedding.</param>
    /// <param name="lstm">The layer's parameters in this direction.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="maxSlots">The most slots of a batch.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    /// <param name="ngrams">The means of the tokens' n-grams; null: none.</param>
    public CpuGateTable(
        ModelOptions options, ParameterTensor tensor, LstmParameters lstm, GateColumns columns, int maxSlots, WorkerPool pool,
        bool trains, CpuNgramMeans? ngrams)
    {
        (this.tensor, this.lstm, this.columns, this.pool, this.ngrams) = (tensor, lstm, columns, pool, ngrams);
        (embeddingSize, size, stride) = (options.EmbeddingSize, options.TokenSize, options.InputSize);
        (width, ngramColumn) = (columns.Width, options.NgramColumn);
        paddedSize = Gemm<TLanes>.Padded(size);
        Table = new PinnedBuffer((long)maxSlots * width);
        var gradientSlots = trains ? (long)maxSlots : 0;
        Gradient = new PinnedBuffer(gradientSlots * width);
        embedded = new PinnedBuffer((long)maxSlots * size);
        embeddingFactors = new PinnedBuffer(gradientSlots * embeddingSize);
        embeddedGradient = new PinnedBuffer(gradientSlots * paddedSize);
        inputWeights = new PinnedBuffer((long)width * paddedSize);
        weightGradient = new PinnedBuffer(trains ? (long)width * size : 0);
        biasGradient = new float[trains ? width : 0];
        scattered = new PinnedBuffer((long)width * size);
        forwardPart = ForwardPart;
        weightsPart = WeightsPart;
        embeddingPart = EmbeddingPart;
        sumPart = SumPart;
    }

    /// <summary>[U, width].</summary>
    public PinnedBuffer Table { get; }

    /// <summary>Gradient of the table [U, width].</summary>
    public PinnedBuffer Gradient { get; }

    private SlotNumbers Numbers => batch.Tokens;

    // Threads for a product, by its multiplications.
    private int Worth => (int)Math.Min(int.MaxValue, (long)Numbers.Slots.Count * width * size / MinForThread);

    /// <summary>Computes the table.</summary>
    public void Forward(Span<float> parameters, CpuBatch batch)
    {
        this.batch = batch;
        var weights = lstm.InputWeights.In(parameters);
        for (var column = 0; column < width; column++)
        {
            var row = scattered.Span.Slice(column * size, size);
            if (columns.GateRows[column] is >= 0 and var gateRow)
                weights.Slice(gateRow * stride, size).CopyTo(row);
        }

        Gemm<TLanes>.Pack(scattered.Pointer, 1, size, size, width, inputWeights.Pointer);
        var first = Table.Span[..width];
        WriteBiases(parameters, first);
        var embedding = parameters[tensor.Offset..];
        var dropout = batch.Dropout?.MaskOf(DropoutPlace.Embedding);
        for (var slot = 0; slot < Numbers.Slots.Count; slot++)
        {
            if (slot > 0)
                first.CopyTo(Table.Span.Slice(slot * width, width));
            var row = embedded.Span.Slice(slot * size, size);
            var own = row[..embeddingSize];
            embedding.Slice(Numbers.Numbers[slot] * embeddingSize, embeddingSize).CopyTo(own);
            if (dropout is { } mask)
            {
                CpuDropout.Factors(mask, Numbers.Numbers[slot], FactorsOf(slot));
                TensorPrimitives.Multiply(own, FactorsOf(slot), own);
            }

            if (ngramColumn > 0)
                ngrams!.Of(slot).CopyTo(row[ngramColumn..]);
            else if (ngrams is not null)
                TensorPrimitives.Add(own, ngrams.Of(slot), own);
        }

        pool.Run(forwardPart, Worth);
    }

    /// <summary>Takes the gradients of positions that read the table, summed by slot.</summary>
    /// <param name="positions">[positions, width], where rows run.</param>
    public void TakeGradient(float* positions)
    {
        this.positions = positions;
        pool.Run(sumPart, Math.Min(width / TLanes.Count, batch.Rows * batch.Steps / PositionsForThread));
    }

    /// <summary>Writes the gradients of embedding, W_ih and the biases; those of absent tokens stay as they are.</summary>
    /// <param name="gradient">All gradients, flat.</param>
    /// <param name="adds">Whether to add to the embedding's, which another direction has written.</param>
    public void Backward(Span<float> gradient, bool adds)
    {
        Gemm<TLanes>.Pack(scattered.Pointer, size, 1, width, size, inputWeights.Pointer);
        weightGradient.Span.Clear();
        embeddedGradient.Span[..(Numbers.Slots.Count * paddedSize)].Clear();
        pool.Run(weightsPart, Worth);
        pool.Run(embeddingPart, Worth);

        WriteBiasGradients(gradient);
        var weights = lstm.InputWeights.In(gradient);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is not (>= 0 and var gateRow))
                continue;
            var row = weights.Slice(gateRow * stride, size);
            for (var e = 0; e < size; e++)
                row[e] = weightGradient.Pointer[e * width + column];
        }

        var embedding = gradient[tensor.Offset..];
        var isDropped = batch.Dropout?.MaskOf(DropoutPlace.Embedding) is not null;
        for (var slot = 0; slot < Numbers.Slots.Count; slot++)
        {
            var all = embeddedGradient.Span.Slice(slot * paddedSize, size);
            ngrams?.TakeGradient(slot, all[ngramColumn..], adds);
            var source = all[..embeddingSize];
            if (isDropped)
                TensorPrimitives.Multiply(source, FactorsOf(slot), source);
            var target = embedding.Slice(Numbers.Numbers[slot] * embeddingSize, embeddingSize);
            if (adds)
                TensorPrimitives.Add(target, source, target);
            else
                source.CopyTo(target);
        }
    }

    private void WriteBiases(ReadOnlySpan<float> parameters, Span<float> row)
    {
        row.Clear();
        var inputBias = lstm.InputBias.In(parameters);
        var recurrentBias = lstm.RecurrentBias.In(parameters);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is >= 0 and var gateRow)
                row[column] = inputBias[gateRow] + recurrentBias[gateRow];
        }
    }

    private void WriteBiasGradients(Span<float> gradient)
    {
        var bias = biasGradient.AsSpan();
        bias.Clear();
        for (var slot = 0; slot < Numbers.Slots.Count; slot++)
            TensorPrimitives.Add(bias, Gradient.Span.Slice(slot * width, width), bias);
        var inputBias = lstm.InputBias.In(gradient);
        var recurrentBias = lstm.RecurrentBias.In(gradient);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is >= 0 and var gateRow)
                inputBias[gateRow] = recurrentBias[gateRow] = bias[column];
        }
    }

    private Span<float> FactorsOf(int slot) => embeddingFactors.Span.Slice(slot * embeddingSize, embeddingSize);

    /// <summary>A share of the slots.</summary>
    private void ForwardPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(Numbers.Slots.Count, part, parts);
        Gemm<TLanes>.Add(
            embedded.Pointer + first * size, size, 1, inputWeights.Pointer,
            Table.Pointer + (nint)first * width, width, end - first, size, width);
    }

    /// <summary>dW_ihᵀ = embeddedᵀ dTable, a share of the columns.</summary>
    private void WeightsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(width / TLanes.Count, part, parts);
        for (int column = first * TLanes.Count, panelWidth; column < end * TLanes.Count; column += panelWidth)
        {
            panelWidth = Gemm<TLanes>.PanelWidth(end * TLanes.Count - column);
            Gemm<TLanes>.AddPanel(
                embedded.Pointer, 1, size, Gradient.Pointer + column, width, panelWidth,
                weightGradient.Pointer + column, width, size, Numbers.Slots.Count);
        }
    }

    /// <summary>dEmbedded = dTable W_ih, a share of the slots.</summary>
    private void EmbeddingPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(Numbers.Slots.Count, part, parts);
        Gemm<TLanes>.Add(
            Gradient.Pointer + (nint)first * width, width, 1, inputWeights.Pointer,
            embeddedGradient.Pointer + (nint)first * paddedSize, paddedSize, end - first, width, paddedSize);
    }

    /// <summary>A share of the columns, each summed over rows and steps in ascending order.</summary>
    private void SumPart(int part, int parts)
    {
        var (firstRegister, endRegister) = WorkShare.Of(width / TLanes.Count, part, parts);
        var (first, end) = (firstRegister * TLanes.Count, endRegister * TLanes.Count);
        for (var slot = 0; slot < Numbers.Slots.Count; slot++)
            new Span<float>(Gradient.Pointer + (nint)slot * width + first, end - first).Clear();
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var t = 0; t < batch.Lengths[row]; t++)
            {
                var sum = Gradient.Pointer + Numbers.Slots.TableOffsets[row * batch.Stride + t];
                var source = positions + ((nint)row * batch.PositionStride + t) * width;
                for (var column = first; column < end; column += TLanes.Count)
                    TLanes.Store(TLanes.Load(sum + column) + TLanes.Load(source + column), sum + column);
            }
        }
    }
}
