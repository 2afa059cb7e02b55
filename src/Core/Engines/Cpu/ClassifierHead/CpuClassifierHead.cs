using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Logits of each row from what is read of its hidden states, the loss, and back. The counterpart of the kernels of
/// <see cref="ClassifierHead"/>.
/// </summary>
internal abstract class CpuClassifierHead
{
    /// <summary>Logits, and what the rows add up to.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="inputs">What is read of each row [B, R].</param>
    /// <param name="logits">Written [B, L].</param>
    /// <param name="numbers">Of the loss.</param>
    public abstract BatchTotals Forward(
        CpuBatch batch, ReadOnlySpan<float> inputs, Span<float> logits, LossNumbers numbers);

    /// <summary>Gradients of the mean loss.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="inputs">What is read of each row [B, R].</param>
    /// <param name="logits">[B, L].</param>
    /// <param name="numbers">Of the loss.</param>
    /// <param name="inputGradient">Written [B, R].</param>
    /// <param name="gradient">All gradients, flat; those of the head are added to.</param>
    public abstract void Backward(
        CpuBatch batch, ReadOnlySpan<float> inputs, ReadOnlySpan<float> logits, LossNumbers numbers,
        Span<float> inputGradient, Span<float> gradient);

    /// <summary>Makes the head of a model.</summary>
    /// <param name="layout">Where the parameters are.</param>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="options">The model.</param>
    public static CpuClassifierHead Create(ParameterLayout layout, PinnedBuffer parameters, ModelOptions options) =>
        options.Loss switch
        {
            OneLogitLoss => new CpuClassifierHead<CpuOneLogit>(layout, parameters, options),
            SoftmaxLoss => new CpuClassifierHead<CpuSoftmax>(layout, parameters, options),
            _ => throw new NotSupportedException($"the cpu engine has no loss for {options.Classes} classes"),
        };
}

/// <summary>A kind of loss on the processor.</summary>
internal interface ICpuLoss
{
    /// <summary>Whether a row has one logit; known when the code is compiled.</summary>
    static abstract bool IsOneLogit { get; }

    /// <summary>The loss of a row, and whether it is classified right.</summary>
    /// <param name="logits">[L].</param>
    /// <param name="label">Its class.</param>
    /// <param name="targets">a_c of each class, see <see cref="Loss"/> [C].</param>
    static abstract (float Loss, bool IsRight) Classify(ReadOnlySpan<float> logits, int label, ReadOnlySpan<float> targets);

    /// <summary>The loss's gradient by the logits.</summary>
    /// <param name="logits">[L].</param>
    /// <param name="label">The row's class.</param>
    /// <param name="targets">a_c of each class [C].</param>
    /// <param name="gradient">Written [L].</param>
    static abstract void Gradient(
        ReadOnlySpan<float> logits, int label, ReadOnlySpan<float> targets, Span<float> gradient);
}

/// <summary>The head with one kind of loss.</summary>
internal sealed class CpuClassifierHead<TLoss> : CpuClassifierHead
    where TLoss : ICpuLoss
{
    private readonly ParameterLayout layout;
    private readonly PinnedBuffer parameters;
    private readonly int features;
    private readonly int classes;
    private readonly int logitCount;
    private readonly float[] targets; // of each class [C, C]
    private readonly float[] logitGradient; // of a row [L]
    private LossNumbers? targetsOf;

    public CpuClassifierHead(ParameterLayout layout, PinnedBuffer parameters, ModelOptions options)
    {
        this.layout = layout;
        this.parameters = parameters;
        (features, classes, logitCount) = (options.HeadInputs, options.Classes, options.Logits);
        targets = new float[classes * classes];
        logitGradient = new float[logitCount];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // from the first step on
    public override BatchTotals Forward(
        CpuBatch batch, ReadOnlySpan<float> inputs, Span<float> logits, LossNumbers numbers)
    {
        PrepareTargets(numbers);
        var weights = layout.HeadWeights.In(parameters.Span);
        var bias = layout.HeadBias.In(parameters.Span);
        var (lossSum, correct) = (0.0, 0);
        // Fields would be read anew after each write.
        var (rows, labels, width, classes) = (batch.Rows, batch.Labels, features, this.classes);
        var (count, targets) = (TLoss.IsOneLogit ? 1 : logitCount, this.targets);
        for (var row = 0; row < rows; row++)
        {
            var label = labels[row];
            var hidden = inputs.Slice(row * width, width);
            for (var c = 0; c < count; c++)
                logits[row * count + c] = bias[c] + TensorPrimitives.Dot(weights.Slice(c * width, width), hidden);
            var (loss, isRight) = TLoss.Classify(
                logits.Slice(row * count, count), label, targets.AsSpan(label * classes, classes));
            lossSum += loss;
            correct += isRight ? 1 : 0;
        }

        return new BatchTotals(lossSum, correct, batch.Rows, WeightOf(batch, numbers));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(
        CpuBatch batch, ReadOnlySpan<float> inputs, ReadOnlySpan<float> logits, LossNumbers numbers,
        Span<float> inputGradient, Span<float> gradient)
    {
        var weights = layout.HeadWeights.In(parameters.Span);
        var weightGradient = layout.HeadWeights.In(gradient);
        var biasGradient = layout.HeadBias.In(gradient);
        var (rowWeight, count) = ((float)WeightOf(batch, numbers), TLoss.IsOneLogit ? 1 : logitCount);
        for (var row = 0; row < batch.Rows; row++)
        {
            var label = batch.Labels[row];
            TLoss.Gradient(logits.Slice(row * count, count), label, targets.AsSpan(label * classes, classes), logitGradient);
            var hidden = inputs.Slice(row * features, features);
            var hiddenGradient = inputGradient.Slice(row * features, features);
            for (var c = 0; c < count; c++)
            {
                var ofLogit = logitGradient[c] / rowWeight;
                var ofClass = weights.Slice(c * features, features);
                var classGradient = weightGradient.Slice(c * features, features);
                if (c == 0)
                    TensorPrimitives.Multiply(ofClass, ofLogit, hiddenGradient);
                else
                    TensorPrimitives.MultiplyAdd(ofClass, ofLogit, hiddenGradient, hiddenGradient);
                TensorPrimitives.MultiplyAdd(hidden, ofLogit, classGradient, classGradient);
                biasGradient[c] += ofLogit;
            }
        }
    }

    private static double WeightOf(CpuBatch batch, LossNumbers numbers) =>
        numbers.IsPlain ? batch.Rows : numbers.WeightOf(batch.Labels.AsSpan(0, batch.Rows));

    private void PrepareTargets(LossNumbers numbers)
    {
        if (ReferenceEquals(numbers, targetsOf))
            return;
        targetsOf = numbers;
        for (var label = 0; label < classes; label++)
            Array.ConvertAll(numbers.TargetsOf(label), target => (float)target).CopyTo(targets, label * classes);
    }
}
