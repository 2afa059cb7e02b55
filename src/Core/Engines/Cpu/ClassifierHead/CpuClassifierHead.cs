using System.Numerics.Tensors;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// One logit for each row from its last hidden state, binary cross-entropy, and back. The counterpart of the kernels of
/// <see cref="ClassifierHead"/>.
/// </summary>
internal sealed class CpuClassifierHead
{
    private readonly ParameterLayout layout;
    private readonly PinnedBuffer parameters;
    private readonly int hiddenSize;

    /// <param name="layout">Where the parameters are.</param>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="hiddenSize">The number of hidden units H.</param>
    public CpuClassifierHead(ParameterLayout layout, PinnedBuffer parameters, int hiddenSize)
    {
        this.layout = layout;
        this.parameters = parameters;
        this.hiddenSize = hiddenSize;
    }

    /// <summary>Logits, and what the rows add up to.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="lastHidden">Each row's last hidden state [B, H].</param>
    /// <param name="logits">Written [B].</param>
    public BatchTotals Forward(CpuBatch batch, ReadOnlySpan<float> lastHidden, Span<float> logits)
    {
        var weights = layout.HeadWeights.In(parameters.Span);
        var bias = parameters.Span[layout.HeadBias.Offset];
        var (lossSum, correct) = (0.0, 0);
        var (rows, labels, width) = (batch.Rows, batch.Labels, hiddenSize); // fields would be read anew after each write
        for (var row = 0; row < rows; row++)
        {
            var label = labels[row];
            var logit = bias + TensorPrimitives.Dot<float>(weights, lastHidden.Slice(row * width, width));
            logits[row] = logit;
            lossSum += Math.Max(logit, 0) - logit * label + DeviceMath.LogOnePlusExpOfMinus(logit);
            correct += (logit > 0 ? 1 : 0) == label ? 1 : 0;
        }

        return new BatchTotals(lossSum, correct, batch.Rows);
    }

    /// <summary>Gradients of the mean loss.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="lastHidden">Each row's last hidden state [B, H].</param>
    /// <param name="logits">[B].</param>
    /// <param name="lastHiddenGradient">Written [B, H].</param>
    /// <param name="gradient">All gradients, flat; those of the head are added to.</param>
    public void Backward(
        CpuBatch batch,
        ReadOnlySpan<float> lastHidden, ReadOnlySpan<float> logits, Span<float> lastHiddenGradient, Span<float> gradient)
    {
        var weights = layout.HeadWeights.In(parameters.Span);
        var weightGradient = layout.HeadWeights.In(gradient);
        for (var row = 0; row < batch.Rows; row++)
        {
            var logitGradient = ClassifierHead.LogitGradient(logits[row], batch.Labels[row]) / batch.Rows;
            TensorPrimitives.Multiply(weights, logitGradient, lastHiddenGradient.Slice(row * hiddenSize, hiddenSize));
            TensorPrimitives.MultiplyAdd(
                lastHidden.Slice(row * hiddenSize, hiddenSize), logitGradient, weightGradient, weightGradient);
            gradient[layout.HeadBias.Offset] += logitGradient;
        }
    }
}
