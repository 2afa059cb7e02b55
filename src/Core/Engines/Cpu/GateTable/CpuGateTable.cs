using System.Numerics.Tensors;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The input half of the first layer's gates in one direction for each slot, table [U, width] = embedding[token] W_ihᵀ + b_ih +
/// b_hh, and back from the table's gradient to those of embedding, W_ih and both biases; or that of pairs, without biases. The
/// counterpart of the kernel <see cref="Kernels.Operations.GateTable"/>, in the columns of a layer.
/// </summary>
/// <remarks>Every sum runs over slots or columns in ascending order, whatever the number of threads.</remarks>
internal sealed unsafe class CpuGateTable<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Multiplications that take longer than waking a thread for them.
    private const int MinForThread = 1 << 17;

    private readonly GateTableInputs inputs;
    private readonly LstmParameters lstm;
    private readonly GateColumns columns;
    private readonly WorkerPool pool;
    private readonly int width;
    private readonly int embeddingSize;
    private readonly int paddedEmbedding;
    private readonly PinnedBuffer embedded; // [U, E]: the embedding rows of the slots
    private readonly PinnedBuffer embeddingFactors; // [U, E]: of dropout
    private readonly PinnedBuffer embeddedGradient; // [U, padded E]
    private readonly PinnedBuffer inputWeights; // packed: W_ihᵀ [E, width] forward, W_ih [width, padded E] back
    private readonly PinnedBuffer weightGradient; // [E, width]
    private readonly float[] biasGradient; // [width]
    private readonly PinnedBuffer scattered; // [width, E]: W_ih in the layer's columns
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> weightsPart;
    private readonly Action<int, int> embeddingPart;
    private CpuBatch batch = null!;
    private SlotNumbers numbers = null!;

    /// <param name="inputs">What the table is computed from.</param>
    /// <param name="lstm">The layer's parameters in this direction.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="maxSlots">The most slots of a batch.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    public CpuGateTable(
        GateTableInputs inputs, LstmParameters lstm, GateColumns columns, int maxSlots, WorkerPool pool, bool trains)
    {
        (this.inputs, this.lstm) = (inputs, lstm);
        this.columns = columns;
        this.pool = pool;
        width = columns.Width;
        embeddingSize = inputs.Size;
        paddedEmbedding = Gemm<TLanes>.Padded(embeddingSize);
        Table = new PinnedBuffer((long)maxSlots * width);
        var gradientSlots = trains ? (long)maxSlots : 0;
        Gradient = new PinnedBuffer(gradientSlots * width);
        embedded = new PinnedBuffer((long)maxSlots * embeddingSize);
        embeddingFactors = new PinnedBuffer(gradientSlots * embeddingSize);
        embeddedGradient = new PinnedBuffer(gradientSlots * paddedEmbedding);
        inputWeights = new PinnedBuffer((long)width * paddedEmbedding);
        weightGradient = new PinnedBuffer(trains ? (long)width * embeddingSize : 0);
        biasGradient = new float[trains ? width : 0];
        scattered = new PinnedBuffer((long)width * embeddingSize);
        forwardPart = ForwardPart;
        weightsPart = WeightsPart;
        embeddingPart = EmbeddingPart;
    }

    /// <summary>[U, width].</summary>
    public PinnedBuffer Table { get; }

    /// <summary>Gradient of the table [U, width].</summary>
    public PinnedBuffer Gradient { get; }

    // Threads for a product, by its multiplications.
    private int Worth => (int)Math.Min(int.MaxValue, (long)numbers.Slots.Count * width * embeddingSize / MinForThread);

    /// <summary>Computes the table.</summary>
    public void Forward(Span<float> parameters, CpuBatch batch)
    {
        this.batch = batch;
        numbers = inputs.NumbersOf(batch);
        var weights = lstm.InputWeights.In(parameters);
        for (var column = 0; column < width; column++)
        {
            var row = scattered.Span.Slice(column * embeddingSize, embeddingSize);
            if (columns.GateRows[column] is >= 0 and var gateRow)
                weights.Slice(gateRow * inputs.Stride + inputs.FirstColumn, embeddingSize).CopyTo(row);
        }

        Gemm<TLanes>.Pack(scattered.Pointer, 1, embeddingSize, embeddingSize, width, inputWeights.Pointer);
        var first = Table.Span[..width];
        WriteBiases(parameters, first);
        var embedding = parameters[inputs.Embedding.Offset..];
        var dropout = batch.Dropout?.MaskOf(inputs.Place);
        for (var slot = 0; slot < numbers.Slots.Count; slot++)
        {
            if (slot > 0)
                first.CopyTo(Table.Span.Slice(slot * width, width));
            embedding.Slice(inputs.RowOf(numbers, slot) * embeddingSize, embeddingSize).CopyTo(RowOf(embedded, slot));
            if (dropout is { } mask)
            {
                CpuDropout.Factors(mask, numbers.Numbers[slot], RowOf(embeddingFactors, slot));
                TensorPrimitives.Multiply(RowOf(embedded, slot), RowOf(embeddingFactors, slot), RowOf(embedded, slot));
            }
        }

        pool.Run(forwardPart, Worth);
    }

    /// <summary>Writes the gradients of embedding, W_ih and the biases; those of absent tokens stay as they are.</summary>
    /// <param name="gradient">All gradients, flat.</param>
    /// <param name="adds">Whether to add to the embedding's, which another direction has written.</param>
    public void Backward(Span<float> gradient, bool adds)
    {
        Gemm<TLanes>.Pack(scattered.Pointer, embeddingSize, 1, width, embeddingSize, inputWeights.Pointer);
        weightGradient.Span.Clear();
        embeddedGradient.Span[..(numbers.Slots.Count * paddedEmbedding)].Clear();
        pool.Run(weightsPart, Worth);
        pool.Run(embeddingPart, Worth);

        if (!inputs.ArePairs)
            WriteBiasGradients(gradient);
        var weights = lstm.InputWeights.In(gradient);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is not (>= 0 and var gateRow))
                continue;
            var row = weights.Slice(gateRow * inputs.Stride + inputs.FirstColumn, embeddingSize);
            for (var e = 0; e < embeddingSize; e++)
                row[e] = weightGradient.Pointer[e * width + column] + (inputs.ShareWeights ? row[e] : 0);
        }

        var embedding = gradient[inputs.Embedding.Offset..];
        var isDropped = batch.Dropout?.MaskOf(inputs.Place) is not null;
        for (var slot = 0; slot < numbers.Slots.Count; slot++)
        {
            var source = embeddedGradient.Span.Slice(slot * paddedEmbedding, embeddingSize);
            if (isDropped)
                TensorPrimitives.Multiply(source, RowOf(embeddingFactors, slot), source);
            var target = embedding.Slice(inputs.RowOf(numbers, slot) * embeddingSize, embeddingSize);
            if (adds)
                TensorPrimitives.Add(target, source, target);
            else
                source.CopyTo(target);
        }
    }

    private void WriteBiases(ReadOnlySpan<float> parameters, Span<float> row)
    {
        row.Clear();
        if (inputs.ArePairs)
            return;
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
        for (var slot = 0; slot < numbers.Slots.Count; slot++)
            TensorPrimitives.Add(bias, Gradient.Span.Slice(slot * width, width), bias);
        var inputBias = lstm.InputBias.In(gradient);
        var recurrentBias = lstm.RecurrentBias.In(gradient);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is >= 0 and var gateRow)
                inputBias[gateRow] = recurrentBias[gateRow] = bias[column];
        }
    }

    private Span<float> RowOf(PinnedBuffer rows, int slot) => rows.Span.Slice(slot * embeddingSize, embeddingSize);

    /// <summary>A share of the slots.</summary>
    private void ForwardPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(numbers.Slots.Count, part, parts);
        Gemm<TLanes>.Add(
            embedded.Pointer + first * embeddingSize, embeddingSize, 1, inputWeights.Pointer,
            Table.Pointer + (nint)first * width, width, end - first, embeddingSize, width);
    }

    /// <summary>dW_ihᵀ = embeddedᵀ dTable, a share of the columns.</summary>
    private void WeightsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(width / TLanes.Count, part, parts);
        for (int column = first * TLanes.Count, panelWidth; column < end * TLanes.Count; column += panelWidth)
        {
            panelWidth = Gemm<TLanes>.PanelWidth(end * TLanes.Count - column);
            Gemm<TLanes>.AddPanel(
                embedded.Pointer, 1, embeddingSize, Gradient.Pointer + column, width, panelWidth,
                weightGradient.Pointer + column, width, embeddingSize, numbers.Slots.Count);
        }
    }

    /// <summary>dEmbedded = dTable W_ih, a share of the slots.</summary>
    private void EmbeddingPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(numbers.Slots.Count, part, parts);
        Gemm<TLanes>.Add(
            Gradient.Pointer + (nint)first * width, width, 1, inputWeights.Pointer,
            embeddedGradient.Pointer + (nint)first * paddedEmbedding, paddedEmbedding, end - first, width, paddedEmbedding);
    }
}
