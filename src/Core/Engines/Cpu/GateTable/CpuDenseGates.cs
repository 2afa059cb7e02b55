using System.Numerics.Tensors;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The input half of the gates of a layer above the first in one direction, for each position:
/// table [positions, width] = Σ over the directions of the layer below hidden W_ihᵀ + b_ih + b_hh, and back from the table's
/// gradient to those of the hidden states, W_ih and both biases. In the columns of a layer, see <see cref="GateColumns"/>.
/// </summary>
/// <remarks>
/// W_ih [4H, D H] has a part [4H, H] for each direction below. Only positions where rows run are read and written. Every sum runs
/// over rows, steps and columns in ascending order, whatever the number of threads.
/// </remarks>
internal sealed unsafe class CpuDenseGates<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Steps that a product of the weight gradient takes at once: a panel of the table stays in the first-level cache.
    private const int StepsAtOnce = 256;

    private readonly LstmParameters lstm;
    private readonly GateColumns columns;
    private readonly WorkerPool pool;
    private readonly int width;
    private readonly int hiddenSize;
    private readonly int padded;
    private readonly int features;
    private readonly PinnedBuffer[] scattered; // of each direction below [width, H]: W_ih in the layer's columns
    private readonly PinnedBuffer[] forwardWeights; // packed [H, width]
    private readonly PinnedBuffer[] backwardWeights; // packed [width, padded]
    private readonly PinnedBuffer[] weightGradients; // [H, width]
    private readonly float[] bias; // [width]
    private readonly float[] biasGradient; // [width]
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> hiddenPart;
    private readonly Action<int, int> weightsPart;
    private CpuBatch batch = null!;
    private PinnedBuffer[] hidden = [];
    private PinnedBuffer[] hiddenGradients = [];
    private float* table;
    private bool addsToHiddenGradients;

    /// <param name="options">The model.</param>
    /// <param name="lstm">The layer's parameters in this direction.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    public CpuDenseGates(ModelOptions options, LstmParameters lstm, GateColumns columns, WorkerPool pool, bool trains)
    {
        this.lstm = lstm;
        this.columns = columns;
        this.pool = pool;
        (width, hiddenSize, features) = (columns.Width, options.HiddenSize, options.Features);
        padded = Gemm<TLanes>.Padded(hiddenSize);
        scattered = ForEachDirection(width * hiddenSize);
        forwardWeights = ForEachDirection(width * hiddenSize);
        backwardWeights = ForEachDirection(trains ? width * padded : 0);
        weightGradients = ForEachDirection(trains ? width * hiddenSize : 0);
        bias = new float[width];
        biasGradient = new float[width];
        forwardPart = ForwardPart;
        hiddenPart = HiddenPart;
        weightsPart = WeightsPart;

        PinnedBuffer[] ForEachDirection(int length) =>
            [.. Enumerable.Range(0, options.Directions).Select(_ => new PinnedBuffer(length))];
    }

    /// <summary>Computes the table.</summary>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="hidden">Hidden states of each direction below [positions, padded].</param>
    /// <param name="table">Written [positions, width].</param>
    public void Forward(ReadOnlySpan<float> parameters, CpuBatch batch, PinnedBuffer[] hidden, float* table)
    {
        (this.batch, this.hidden) = (batch, hidden);
        this.table = table;
        var weights = lstm.InputWeights.In(parameters);
        var inputBias = lstm.InputBias.In(parameters);
        var recurrentBias = lstm.RecurrentBias.In(parameters);
        for (var direction = 0; direction < scattered.Length; direction++)
        {
            for (var column = 0; column < width; column++)
            {
                if (columns.GateRows[column] is not (>= 0 and var gateRow))
                    continue;
                weights.Slice(gateRow * features + direction * hiddenSize, hiddenSize)
                    .CopyTo(scattered[direction].Span[(column * hiddenSize)..]);
                bias[column] = inputBias[gateRow] + recurrentBias[gateRow];
            }

            Gemm<TLanes>.Pack(
                scattered[direction].Pointer, 1, hiddenSize, hiddenSize, width, forwardWeights[direction].Pointer);
        }

        pool.Run(forwardPart, batch.Rows);
    }

    /// <summary>Writes the gradients of W_ih, the biases, and the hidden states below.</summary>
    /// <param name="gradient">All gradients, flat.</param>
    /// <param name="table">Of the table [positions, width].</param>
    /// <param name="hiddenGradients">Of each direction below [positions, padded], where rows run.</param>
    /// <param name="adds">Whether to add to these, which another direction of the layer has written.</param>
    public void Backward(Span<float> gradient, float* table, PinnedBuffer[] hiddenGradients, bool adds)
    {
        (this.hiddenGradients, addsToHiddenGradients) = (hiddenGradients, adds);
        this.table = table;
        for (var direction = 0; direction < scattered.Length; direction++)
        {
            Gemm<TLanes>.Pack(
                scattered[direction].Pointer, hiddenSize, 1, width, hiddenSize, backwardWeights[direction].Pointer);
            weightGradients[direction].Span.Clear();
        }

        biasGradient.AsSpan().Clear();
        pool.Run(hiddenPart, batch.Rows);
        pool.Run(weightsPart, width / TLanes.Count);
        var weights = lstm.InputWeights.In(gradient);
        var inputBias = lstm.InputBias.In(gradient);
        var recurrentBias = lstm.RecurrentBias.In(gradient);
        for (var column = 0; column < width; column++)
        {
            if (columns.GateRows[column] is not (>= 0 and var gateRow))
                continue;
            for (var n = 0; n < features; n++)
            {
                weights[gateRow * features + n] =
                    weightGradients[n / hiddenSize].Pointer[n % hiddenSize * width + column];
            }

            inputBias[gateRow] = recurrentBias[gateRow] = biasGradient[column];
        }
    }

    /// <summary>A share of the rows; they are in descending order of length, and every so-manieth makes even shares.</summary>
    private void ForwardPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            var (first, steps) = ((nint)row * batch.PositionStride, batch.Lengths[row]);
            for (var t = 0; t < steps; t++)
                bias.CopyTo(new Span<float>(table + (first + t) * width, width));
            for (var direction = 0; direction < hidden.Length; direction++)
            {
                Gemm<TLanes>.Add(
                    hidden[direction].Pointer + first * padded, padded, 1, forwardWeights[direction].Pointer,
                    table + first * width, width, steps, hiddenSize, width);
            }
        }
    }

    /// <summary>dHidden = dTable W_ih, a share of the rows.</summary>
    private void HiddenPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            var (first, steps) = ((nint)row * batch.PositionStride, batch.Lengths[row]);
            for (var direction = 0; direction < hidden.Length; direction++)
            {
                var target = hiddenGradients[direction].Pointer + first * padded;
                if (!addsToHiddenGradients)
                    new Span<float>(target, steps * padded).Clear();
                Gemm<TLanes>.Add(
                    table + first * width, width, 1, backwardWeights[direction].Pointer, target, padded, steps, width, padded);
            }
        }
    }

    /// <summary>dW_ihᵀ = hiddenᵀ dTable and the biases' gradient, a share of the columns.</summary>
    private void WeightsPart(int part, int parts)
    {
        var (firstRegister, endRegister) = WorkShare.Of(width / TLanes.Count, part, parts);
        var (first, end) = (firstRegister * TLanes.Count, endRegister * TLanes.Count);
        var sums = biasGradient.AsSpan(first, end - first);
        for (var row = 0; row < batch.Rows; row++)
        {
            var length = batch.Lengths[row];
            for (int step = 0, steps; step < length; step += steps)
            {
                steps = Math.Min(StepsAtOnce, length - step);
                var position = (nint)row * batch.PositionStride + step;
                for (var t = 0; t < steps; t++)
                {
                    var gradients = new ReadOnlySpan<float>(table + (position + t) * width + first, end - first);
                    TensorPrimitives.Add(sums, gradients, sums);
                }

                for (int column = first, panelWidth; column < end; column += panelWidth)
                {
                    panelWidth = Gemm<TLanes>.PanelWidth(end - column);
                    for (var direction = 0; direction < hidden.Length; direction++)
                    {
                        Gemm<TLanes>.AddPanel(
                            hidden[direction].Pointer + position * padded, 1, padded, table + position * width + column, width,
                            panelWidth, weightGradients[direction].Pointer + column, width, hiddenSize, steps);
                    }
                }
            }
        }
    }
}
