using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Two classes by one logit: p_1 = σ(z), p_0 = σ(-z). nll_1 is max(-z, 0) + ln(1 + e^-|z|), in which no finite logit overflows,
/// and the gradient is a_0 σ(z) - a_1 σ(-z), in which nothing cancels where the head is right.
/// </summary>
public sealed class OneLogitLoss : Loss
{
    internal override (Action<ClassifierHead.Arguments> Forward, Action<ClassifierHead.Arguments> Backward) HeadKernels =>
        (ClassifierHead.ForwardKernel<OneLogit>, ClassifierHead.BackwardKernel<OneLogit>);

    public override bool Supports(int classes) => classes == 2;

    public override int LogitsOf(int classes) => 1;

    public override void Probabilities(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        probabilities[1] = 1 / (1 + Math.Exp(-(double)logits[0]));
        probabilities[0] = 1 - probabilities[1];
    }

    public override int Answer(ReadOnlySpan<float> logits) => logits[0] > 0 ? 1 : 0;

    public override (double Loss, double[] Gradient) InDouble(ReadOnlySpan<double> logits, ReadOnlySpan<double> targets)
    {
        var logit = logits[0];
        var small = Math.Log(1 + Math.Exp(-Math.Abs(logit)));
        var loss = targets[1] * (Math.Max(-logit, 0) + small) + targets[0] * (Math.Max(logit, 0) + small);
        return (loss, [targets[0] * LstmCell.Reference.Sigmoid(logit) - targets[1] * LstmCell.Reference.Sigmoid(-logit)]);
    }

    /// <summary>The loss of a row.</summary>
    /// <param name="logit">The row's logit.</param>
    /// <param name="no">Of class 0, see <see cref="LossArguments.Target"/>.</param>
    /// <param name="yes">Of class 1, likewise.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float logit, float no, float yes)
    {
        var small = DeviceMath.LogOnePlusExpOfMinus(logit);
        return yes * ((logit > 0f ? 0f : -logit) + small) + no * ((logit > 0f ? logit : 0f) + small);
    }

    /// <summary>Its derivative by the logit.</summary>
    /// <param name="logit">The row's logit.</param>
    /// <param name="no">Of class 0, see <see cref="LossArguments.Target"/>.</param>
    /// <param name="yes">Of class 1, likewise.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GradientOf(float logit, float no, float yes) =>
        no * DeviceMath.Sigmoid(logit) - yes * DeviceMath.Sigmoid(-logit);

    /// <summary>As a type argument of kernels.</summary>
    internal struct OneLogit : ILossFunction
    {
        public readonly bool IsOneLogit => true;

        public readonly void Classify(ClassifierHead.Arguments a, int row)
        {
            var (logit, label) = (a.Logits[row], a.Labels[row]);
            var (no, yes) = (a.Loss.Target(label, 0), a.Loss.Target(label, 1));
            a.RowLosses[row] = Of(logit, no, yes);
            a.LogitGradients[row] = GradientOf(logit, no, yes) / a.Loss.RowWeight;
        }

        public readonly bool IsRight(ClassifierHead.Arguments a, int row) => (a.Logits[row] > 0f ? 1 : 0) == a.Labels[row];
    }
}
