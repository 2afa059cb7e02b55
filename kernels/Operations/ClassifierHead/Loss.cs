using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The cross-entropy of a row's logits z [L] with its class y: Σ_c a_c nll_c, where nll_c = -ln p_c, and
/// a_c = w_c ((1 - ε) [c = y] + ε / C) for class weights w and label smoothing ε, in PyTorch's form. A batch's loss is the sum of
/// its rows' over the sum of their w_y.
/// </summary>
/// <remarks>A kind of loss says how many logits there are, and what p is.</remarks>
public abstract class Loss
{
    /// <summary>All kinds. If several match, the first one in the list is used.</summary>
    public static IReadOnlyList<Loss> All { get; } = [new OneLogitLoss(), new SoftmaxLoss()];

    /// <summary>Its kernels: forward and backward.</summary>
    internal abstract (Action<ClassifierHead.Arguments> Forward, Action<ClassifierHead.Arguments> Backward) HeadKernels { get; }

    /// <summary>The kernels of <see cref="ClassifierHead"/> with this loss.</summary>
    internal IEnumerable<KernelInstance> Kernels =>
        [new(HeadKernels.Forward, GroupSum.MaxThreads), new(HeadKernels.Backward, GroupSum.MaxThreads)];

    /// <summary>The loss for so many classes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static Loss For(int classes) => All.FirstOrDefault(loss => loss.Supports(classes))
        ?? throw new ArgumentOutOfRangeException(nameof(classes), classes, "there is no loss for so many classes");

    /// <summary>Whether it is for so many classes.</summary>
    public abstract bool Supports(int classes);

    /// <summary>How many logits L there are for so many classes C.</summary>
    public abstract int LogitsOf(int classes);

    /// <summary>The probabilities of all classes.</summary>
    /// <param name="logits">A row's logits [L].</param>
    /// <param name="probabilities">Written [C].</param>
    public abstract void Probabilities(ReadOnlySpan<float> logits, Span<double> probabilities);

    /// <summary>The class that a row's logits [L] answer.</summary>
    public abstract int Answer(ReadOnlySpan<float> logits);

    /// <summary>A row in double, as the definition reads.</summary>
    /// <param name="logits">[L].</param>
    /// <param name="targets">a_c of each class [C].</param>
    /// <returns>The row's loss, and its gradient by the logits [L].</returns>
    public abstract (double Loss, double[] Gradient) InDouble(ReadOnlySpan<double> logits, ReadOnlySpan<double> targets);
}

/// <summary>What a loss is given beside the logits.</summary>
public struct LossArguments
{
    /// <summary>Class weights w [C].</summary>
    public ArrayView<float> ClassWeights;

    /// <summary>Of the row's own class: 1 - ε + ε / C.</summary>
    public float OnTarget;

    /// <summary>Of any other: ε / C.</summary>
    public float OffTarget;

    /// <summary>The sum of the rows' own class weights, Σ w_y; without weights, the rows of the batch.</summary>
    public float RowWeight;

    /// <summary>How many classes C.</summary>
    public int Classes;

    /// <summary>Those of a batch.</summary>
    /// <param name="numbers">Of the loss.</param>
    /// <param name="classWeights">Their class weights on the device [C].</param>
    /// <param name="rowWeight">What the batch's rows weigh together.</param>
    public static LossArguments Of(LossNumbers numbers, ArrayView<float> classWeights, double rowWeight) => new()
    {
        ClassWeights = classWeights,
        OnTarget = (float)numbers.OnTarget,
        OffTarget = (float)numbers.OffTarget,
        RowWeight = (float)rowWeight,
        Classes = numbers.ClassWeights.Count,
    };

    /// <summary>a_c of a class, for a row of the class <paramref name="label"/>.</summary>
    public readonly float Target(int label, int other) =>
        ClassWeights[other] * (other == label ? OnTarget : OffTarget);
}

/// <summary>A loss as a type argument of the head's kernels.</summary>
internal interface ILossFunction
{
    /// <summary>Whether a row has one logit; known when a kernel is compiled.</summary>
    bool IsOneLogit { get; }

    /// <summary>Writes a row's loss and the gradients of its logits, over the batch's weight; one thread calls it.</summary>
    void Classify(ClassifierHead.Arguments a, int row);

    /// <summary>Whether a row's logits answer its class.</summary>
    bool IsRight(ClassifierHead.Arguments a, int row);
}
