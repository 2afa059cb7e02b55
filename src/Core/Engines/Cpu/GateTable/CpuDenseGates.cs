using System.Numerics.Tensors;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The input half of the gates in one direction of a layer, for each position: table [positions, width] = Σ over the layer's
/// inputs x W_ihᵀ + b_ih + b_hh, and back from the table's gradient to those of the inputs, W_ih and both biases. In the columns
/// of a layer, see <see cref="GateColumns"/>.
/// </summary>
/// <remarks>
/// Above the first layer the inputs are the hidden states of each direction below. In the first one they are pairs, added to the
/// rows of the tokens' table, which have the biases. Only positions where rows run are read and written. Every sum runs over
/// rows, steps and columns in ascending order, whatever the number of threads.
/// </remarks>
internal sealed unsafe class CpuDenseGates<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Steps that a product of the weight gradient takes at once: a panel of the table stays in the first-level cache.
    private const int StepsAtOnce = 256;

    private readonly LstmParameters lstm;
    private readonly DenseInputs inputs;
    private readonly GateColumns columns;
    private readonly WorkerPool pool;
    private readonly CpuGateTable<TLanes>? tokens;
    private readonly int width;
    private readonly int size; // I, of one of the inputs
    private readonly int padded;
    private readonly PinnedBuffer[] scattered; // of each input [width, I]: W_ih in the layer's columns
    private readonly PinnedBuffer[] forwardWeights; // packed [I, width]
    private readonly PinnedBuffer[] backwardWeights; // packed [width, padded]
    private readonly PinnedBuffer[] weightGradients; // [I, width]
    private readonly float[] bias; // [width]
    private readonly float[] biasGradient; // [width]
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> sourcesPart;
    private readonly Action<int, int> weightsPart;
    private CpuBatch batch = null!;
    private PinnedBuffer[] sources = [];
    private PinnedBuffer[] sourceGradients = [];
    private float* table;
    private bool addsToSources;

    /// <param name="lstm">The layer's parameters in this direction.</param>
    /// <param name="inputs">Which columns of W_ih they are multiplied with.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    /// <param name="tokens">Whose rows the products are added to; null: to the biases.</param>
    public CpuDenseGates(
        LstmParameters lstm, DenseInputs inputs, GateColumns columns, WorkerPool pool, bool trains,
        CpuGateTable<TLanes>? tokens = null)
    {
        (this.lstm, this.inputs, this.columns, this.pool, this.tokens) = (lstm, inputs, columns, pool, tokens);
        (width, size) = (columns.Width, inputs.Size);
        padded = Gemm<TLanes>.Padded(size);
        scattered = ForEachInput(width * size);
        forwardWeights = ForEachInput(width * size);
        backwardWeights = ForEachInput(trains ? width * padded : 0);
        weightGradients = ForEachInput(trains ? width * size : 0);
        bias = new float[width];
        biasGradient = new float[width];
        forwardPart = ForwardPart;
        sourcesPart = SourcesPart;
        weightsPart = WeightsPart;

        PinnedBuffer[] ForEachInput(int length) =>
            [.. Enumerable.Range(0, inputs.Count).Select(_ => new PinnedBuffer(length))];
    }

    /// <summary>Computes the table.</summary>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="sources">Each of the inputs [positions, padded].</param>
    /// <param name="table">Written [positions, width].</param>
    public void Forward(ReadOnlySpan<float> parameters, CpuBatch batch, PinnedBuffer[] sources, float* table)
    {
        (this.batch, this.sources) = (batch, sources);
        this.table = table;
        var weights = lstm.InputWeights.In(parameters);
        var inputBias = lstm.InputBias.In(parameters);
        var recurrentBias = lstm.RecurrentBias.In(parameters);
        for (var n = 0; n < inputs.Count; n++)
        {
            for (var column = 0; column < width; column++)
            {
                if (columns.GateRows[column] is not (>= 0 and var gateRow))
                    continue;
                weights.Slice(gateRow * inputs.Stride + inputs.FirstColumn + n * size, size)
                    .CopyTo(scattered[n].Span[(column * size)..]);
                if (tokens is null)
                    bias[column] = inputBias[gateRow] + recurrentBias[gateRow];
            }

            Gemm<TLanes>.Pack(scattered[n].Pointer, 1, size, size, width, forwardWeights[n].Pointer);
        }

        pool.Run(forwardPart, batch.Rows);
    }

    /// <summary>Writes the gradients of W_ih, the biases, and the inputs; where there are tokens, after theirs.</summary>
    /// <param name="gradient">All gradients, flat.</param>
    /// <param name="table">Of the table [positions, width].</param>
    /// <param name="sourceGradients">Of each of the inputs [positions, padded], where rows run.</param>
    /// <param name="adds">Whether to add to these, which another direction of the layer has written.</param>
    public void Backward(Span<float> gradient, float* table, PinnedBuffer[] sourceGradients, bool adds)
    {
        (this.sourceGradients, addsToSources) = (sourceGradients, adds);
        this.table = table;
        for (var n = 0; n < inputs.Count; n++)
        {
            Gemm<TLanes>.Pack(scattered[n].Pointer, size, 1, width, size, backwardWeights[n].Pointer);
            weightGradients[n].Span.Clear();
        }

        biasGradient.AsSpan().Clear();
        pool.Run(sourcesPart, batch.Rows);
        pool.Run(weightsPart, width / TLanes.Count);
        var weights = lstm.InputWeights.In(gradient);
        var inputBias = lstm.InputBias.In(gradient);
        var recurrentBias = lstm.RecurrentBias.In(gradient);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is not (>= 0 and var gateRow))
                continue;
            var row = weights.Slice(gateRow * inputs.Stride + inputs.FirstColumn, inputs.Count * size);
            for (var n = 0; n < row.Length; n++)
            {
                var value = weightGradients[n / size].Pointer[n % size * width + column];
                row[n] = HasColumnsOfTokens ? row[n] + value : value;
            }

            if (tokens is null)
                inputBias[gateRow] = recurrentBias[gateRow] = biasGradient[column];
        }
    }

    private bool HasColumnsOfTokens => tokens is not null && inputs.FirstColumn == 0;

    /// <summary>A share of the rows; they are in descending order of length, and every so-manieth makes even shares.</summary>
    private void ForwardPart(int part, int parts)
    {
        var offsets = batch.Tokens.Slots.TableOffsets;
        for (var row = part; row < batch.Rows; row += parts)
        {
            var (first, steps) = ((nint)row * batch.PositionStride, batch.Lengths[row]);
            for (var t = 0; t < steps; t++)
            {
                var start = tokens is null
                    ? bias
                    : new ReadOnlySpan<float>(tokens.Table.Pointer + offsets[row * batch.Stride + t], width);
                start.CopyTo(new Span<float>(table + (first + t) * width, width));
            }

            for (var n = 0; n < sources.Length; n++)
            {
                Gemm<TLanes>.Add(
                    sources[n].Pointer + first * padded, padded, 1, forwardWeights[n].Pointer, table + first * width, width,
                    steps, size, width);
            }
        }
    }

    /// <summary>Of the inputs: dTable W_ih, a share of the rows.</summary>
    private void SourcesPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            var (first, steps) = ((nint)row * batch.PositionStride, batch.Lengths[row]);
            for (var n = 0; n < sources.Length; n++)
            {
                var target = sourceGradients[n].Pointer + first * padded;
                if (!addsToSources)
                    new Span<float>(target, steps * padded).Clear();
                Gemm<TLanes>.Add(
                    table + first * width, width, 1, backwardWeights[n].Pointer, target, padded, steps, width, padded);
            }
        }
    }

    /// <summary>dW_ihᵀ = inputsᵀ dTable and the biases' gradient, a share of the columns.</summary>
    private void WeightsPart(int part, int parts)
    {
        var (firstRegister, endRegister) = WorkShare.Of(width / TLanes.Count, part, parts);
        var (first, end) = (firstRegister * TLanes.Count, endRegister * TLanes.Count);
        for (var row = 0; row < batch.Rows; row++)
        {
            var length = batch.Lengths[row];
            for (int step = 0, steps; step < length; step += steps)
            {
                steps = Math.Min(StepsAtOnce, length - step);
                var position = (nint)row * batch.PositionStride + step;
                if (tokens is null)
                    AddBiases(position, steps, first, end);
                for (int column = first, panelWidth; column < end; column += panelWidth)
                {
                    panelWidth = Gemm<TLanes>.PanelWidth(end - column);
                    for (var n = 0; n < sources.Length; n++)
                    {
                        Gemm<TLanes>.AddPanel(
                            sources[n].Pointer + position * padded, 1, padded, table + position * width + column, width,
                            panelWidth, weightGradients[n].Pointer + column, width, size, steps);
                    }
                }
            }
        }
    }

    private void AddBiases(nint position, int steps, int first, int end)
    {
        var sums = biasGradient.AsSpan(first, end - first);
        for (var t = 0; t < steps; t++)
        {
            var gradients = new ReadOnlySpan<float>(table + (position + t) * width + first, end - first);
            TensorPrimitives.Add(sums, gradients, sums);
        }
    }
}

/// <summary>The inputs of <see cref="CpuDenseGates{TLanes}"/>.</summary>
/// <param name="Count">How many there are, side by side.</param>
/// <param name="Size">The width of each.</param>
/// <param name="FirstColumn">The first column of W_ih that they are multiplied with.</param>
/// <param name="Stride">All columns of W_ih.</param>
internal readonly record struct DenseInputs(int Count, int Size, int FirstColumn, int Stride)
{
    /// <summary>The hidden states of the layer below.</summary>
    public static DenseInputs OfHidden(ModelOptions options) =>
        new(options.Directions, options.HiddenSize, FirstColumn: 0, options.Features);

    /// <summary>The pairs.</summary>
    public static DenseInputs OfPairs(ModelOptions options) =>
        new(Count: 1, options.Pairs!.Size, options.PairColumn, options.InputSize);
}
