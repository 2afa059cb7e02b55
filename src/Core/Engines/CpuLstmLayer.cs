using System.Numerics.Tensors;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;

namespace GpuLstm.Engines;

/// <summary>
/// Embedding and LSTM layer of the <see cref="CpuEngine"/>, forward and back through time. Gate order i, f, g, o;
/// positions are numbered t B + b.
/// </summary>
internal sealed class CpuLstmLayer
{
    private readonly ParameterLayout layout;
    private readonly int hiddenSize;
    private readonly int gateRows;
    private readonly int embeddingSize;
    private readonly ParallelOptions parallel;
    private readonly float[] table; // [U, 4H]
    private readonly float[] tableGradient; // [U, 4H]
    private readonly float[] transposedWeights; // W_hh^T [H, 4H]: a hidden unit's part in all gates lies together
    private readonly float[] gates; // [T, B, 4H]: activations forward, gradients backward
    private readonly float[] cellStates; // [T, B, H]
    private readonly float[] hiddenStates; // [T, B, H]
    private readonly float[] cellGradient; // [B, H]
    private readonly float[] hiddenGradient; // [B, H]

    public CpuLstmLayer(ModelOptions options, ParameterLayout layout, EngineLimits limits, int maxSlots, int threads)
    {
        this.layout = layout;
        hiddenSize = options.HiddenSize;
        gateRows = 4 * hiddenSize;
        embeddingSize = options.EmbeddingSize;
        parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        var positions = limits.MaxRows * limits.MaxSteps;
        table = new float[maxSlots * gateRows];
        tableGradient = new float[maxSlots * gateRows];
        transposedWeights = new float[hiddenSize * gateRows];
        gates = new float[positions * gateRows];
        cellStates = new float[positions * hiddenSize];
        hiddenStates = new float[positions * hiddenSize];
        cellGradient = new float[limits.MaxRows * hiddenSize];
        hiddenGradient = new float[limits.MaxRows * hiddenSize];
    }

    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="plan">The batch.</param>
    /// <param name="lastHidden">Each row's last hidden state, written [B, H]; zero for a row without steps.</param>
    public void Forward(float[] parameters, BatchPlan plan, float[] lastHidden)
    {
        ComputeTable(parameters, plan);
        TransposeWeights(layout.RecurrentWeights.In(parameters));
        Parallel.For(0, plan.Rows, parallel, row => ForwardRow(plan, row, lastHidden.AsSpan(row * hiddenSize, hiddenSize)));
    }

    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="plan">The batch that went forward last.</param>
    /// <param name="lastHiddenGradient">Gradient of each row's last hidden state [B, H].</param>
    /// <param name="gradient">All gradients, flat and zero; those of embedding and LSTM are written.</param>
    public void Backward(float[] parameters, BatchPlan plan, float[] lastHiddenGradient, float[] gradient)
    {
        Parallel.For(0, plan.Rows, parallel, row => BackwardRow(parameters, plan, row, lastHiddenGradient.AsSpan(row * hiddenSize, hiddenSize)));
        Parallel.For(0, gateRows, parallel, gateRow => RecurrentWeightsBackward(plan, gateRow, gradient));
        Parallel.For(0, plan.SlotCount, parallel, slot => SlotBackward(parameters, plan, slot, gradient));
        Parallel.For(0, gateRows, parallel, gateRow => InputWeightsBackward(parameters, plan, gateRow, gradient));
    }

    /// <summary>The input half of the gates for each slot: embedding lookup, product and biases at once.</summary>
    public void ComputeTable(float[] parameters, BatchPlan plan) => Parallel.For(0, plan.SlotCount, parallel, slot =>
    {
        var embedding = EmbeddingRow(parameters, plan.SlotTokens[slot]);
        var weights = layout.InputWeights.In(parameters);
        var row = table.AsSpan(slot * gateRows, gateRows);
        TensorPrimitives.Add(layout.InputBias.In(parameters), layout.RecurrentBias.In(parameters), row);
        for (var gate = 0; gate < gateRows; gate++)
            row[gate] += TensorPrimitives.Dot<float>(weights.Slice(gate * embeddingSize, embeddingSize), embedding);
    });

    private void TransposeWeights(ReadOnlySpan<float> weights)
    {
        for (var gateRow = 0; gateRow < gateRows; gateRow++)
        {
            for (var k = 0; k < hiddenSize; k++)
                transposedWeights[k * gateRows + gateRow] = weights[gateRow * hiddenSize + k];
        }
    }

    private void ForwardRow(BatchPlan plan, int row, Span<float> lastHidden)
    {
        lastHidden.Clear();
        var previousCell = lastHidden; // zeros, as the initial state asks; a state of this row from the first step on
        for (var t = 0; t < plan.Lengths[row]; t++)
        {
            var position = t * plan.Rows + row;
            var gate = gates.AsSpan(position * gateRows, gateRows);
            table.AsSpan(plan.Slots[position] * gateRows, gateRows).CopyTo(gate);
            if (t > 0)
            {
                var before = hiddenStates.AsSpan((position - plan.Rows) * hiddenSize, hiddenSize);
                for (var k = 0; k < hiddenSize; k++)
                    TensorPrimitives.MultiplyAdd(transposedWeights.AsSpan(k * gateRows, gateRows), before[k], gate, gate);
            }

            var cell = cellStates.AsSpan(position * hiddenSize, hiddenSize);
            var hidden = hiddenStates.AsSpan(position * hiddenSize, hiddenSize);
            for (var unit = 0; unit < hiddenSize; unit++)
            {
                LstmCell.Forward(
                    ref gate[unit], ref gate[hiddenSize + unit], ref gate[2 * hiddenSize + unit], ref gate[3 * hiddenSize + unit],
                    previousCell[unit], out cell[unit], out hidden[unit]);
            }

            previousCell = cell;
            if (t == plan.Lengths[row] - 1)
                hidden.CopyTo(lastHidden);
        }
    }

    private void BackwardRow(float[] parameters, BatchPlan plan, int row, ReadOnlySpan<float> lastHiddenGradient)
    {
        var weights = layout.RecurrentWeights.In(parameters);
        var dHidden = hiddenGradient.AsSpan(row * hiddenSize, hiddenSize);
        var dCell = cellGradient.AsSpan(row * hiddenSize, hiddenSize);
        lastHiddenGradient.CopyTo(dHidden);
        dCell.Clear();
        for (var t = plan.Lengths[row] - 1; t >= 0; t--)
        {
            var position = t * plan.Rows + row;
            var gate = gates.AsSpan(position * gateRows, gateRows);
            var cell = cellStates.AsSpan(position * hiddenSize, hiddenSize);
            for (var unit = 0; unit < hiddenSize; unit++)
            {
                var previousCell = t > 0 ? cellStates[(position - plan.Rows) * hiddenSize + unit] : 0f;
                LstmCell.Backward(
                    ref gate[unit], ref gate[hiddenSize + unit], ref gate[2 * hiddenSize + unit], ref gate[3 * hiddenSize + unit],
                    previousCell, cell[unit], dHidden[unit], ref dCell[unit]);
            }

            dHidden.Clear();
            for (var gateRow = 0; t > 0 && gateRow < gateRows; gateRow++)
                TensorPrimitives.MultiplyAdd(weights.Slice(gateRow * hiddenSize, hiddenSize), gate[gateRow], dHidden, dHidden);
        }
    }

    /// <summary>One gate row of dW_hh: gate gradients of step t against hidden states of step t - 1.</summary>
    private void RecurrentWeightsBackward(BatchPlan plan, int gateRow, float[] gradient)
    {
        var sum = layout.RecurrentWeights.In(gradient).Slice(gateRow * hiddenSize, hiddenSize);
        for (var t = 1; t < plan.Steps; t++)
        {
            for (var row = 0; row < plan.Rows; row++)
            {
                if (t >= plan.Lengths[row])
                    continue;
                var position = t * plan.Rows + row;
                var before = hiddenStates.AsSpan((position - plan.Rows) * hiddenSize, hiddenSize);
                TensorPrimitives.MultiplyAdd(before, gates[position * gateRows + gateRow], sum, sum);
            }
        }
    }

    /// <summary>A slot's gate gradients, summed over its positions in order, and its embedding row's gradient.</summary>
    private void SlotBackward(float[] parameters, BatchPlan plan, int slot, float[] gradient)
    {
        var sum = tableGradient.AsSpan(slot * gateRows, gateRows);
        sum.Clear();
        for (var s = plan.SegmentStarts[slot]; s < plan.SegmentStarts[slot + 1]; s++)
            TensorPrimitives.Add(sum, gates.AsSpan(plan.SortedPositions[s] * gateRows, gateRows), sum);

        var weights = layout.InputWeights.In(parameters);
        var embeddingGradient = EmbeddingRow(gradient, plan.SlotTokens[slot]);
        for (var gateRow = 0; gateRow < gateRows; gateRow++)
        {
            TensorPrimitives.MultiplyAdd(
                weights.Slice(gateRow * embeddingSize, embeddingSize), sum[gateRow], embeddingGradient, embeddingGradient);
        }
    }

    /// <summary>One gate row of dW_ih and of both biases, summed over the slots in order.</summary>
    private void InputWeightsBackward(float[] parameters, BatchPlan plan, int gateRow, float[] gradient)
    {
        var weightGradient = layout.InputWeights.In(gradient).Slice(gateRow * embeddingSize, embeddingSize);
        var biasGradient = 0f;
        for (var slot = 0; slot < plan.SlotCount; slot++)
        {
            var slotGradient = tableGradient[slot * gateRows + gateRow];
            biasGradient += slotGradient;
            TensorPrimitives.MultiplyAdd(EmbeddingRow(parameters, plan.SlotTokens[slot]), slotGradient, weightGradient, weightGradient);
        }

        gradient[layout.InputBias.Offset + gateRow] = biasGradient;
        gradient[layout.RecurrentBias.Offset + gateRow] = biasGradient;
    }

    private Span<float> EmbeddingRow(float[] flat, int token) =>
        flat.AsSpan(layout.Embedding.Offset + token * embeddingSize, embeddingSize);
}
