using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A logit for each of any number of classes: p_c = e^(z_c - m) / (1 + r), with the largest logit m, so that nothing overflows,
/// and r = Σ e^(z_j - m) over all but one of the largest. nll_c is m - z_c + ln(1 + r). The gradient is A p_c - a_c with
/// A = Σ_c a_c; of the row's own class it is (A - a_y) - A Σ_{j ≠ y} p_j, in which nothing cancels where the head is right.
/// </summary>
public sealed class SoftmaxLoss : Loss
{
    internal override (Action<ClassifierHead.Arguments> Forward, Action<ClassifierHead.Arguments> Backward) HeadKernels =>
        (ClassifierHead.ForwardKernel<Softmax>, ClassifierHead.BackwardKernel<Softmax>);

    public override bool Supports(int classes) => classes > 2;

    public override int LogitsOf(int classes) => classes;

    public override void Probabilities(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        var (most, sum) = ((double)logits[Answer(logits)], 0.0);
        for (var c = 0; c < logits.Length; c++)
            sum += probabilities[c] = Math.Exp(logits[c] - most);
        for (var c = 0; c < logits.Length; c++)
            probabilities[c] /= sum;
    }

    public override int Answer(ReadOnlySpan<float> logits) => Largest(logits);

    /// <summary>The class of the largest logit [L]; of equal ones the first.</summary>
    internal static int Largest(ReadOnlySpan<float> logits)
    {
        var answer = 0;
        for (var c = 1; c < logits.Length; c++)
            answer = logits[c] > logits[answer] ? c : answer;
        return answer;
    }

    public override (double Loss, double[] Gradient) InDouble(ReadOnlySpan<double> logits, ReadOnlySpan<double> targets)
    {
        double[] all = [.. logits];
        var most = Array.IndexOf(all, all.Max());
        var exponentials = Array.ConvertAll(all, logit => Math.Exp(logit - all[most]));
        var (loss, weight, gradient) = (0.0, 0.0, new double[all.Length]);
        var rest = exponentials.Where((_, c) => c != most).Sum();
        for (var c = 0; c < all.Length; c++)
        {
            loss += targets[c] * (all[most] - all[c] + (rest < 1e-5 ? rest - rest * rest / 2 : Math.Log(1 + rest)));
            weight += targets[c];
        }

        for (var c = 0; c < all.Length; c++)
        {
            var others = exponentials.Where((_, other) => other != c).Sum() / (1 + rest);
            gradient[c] = targets.ToArray().Where((_, other) => other != c).Sum() - weight * others;
        }

        return (loss, gradient);
    }

    /// <summary>As a type argument of kernels.</summary>
    internal struct Softmax : ILossFunction
    {
        public readonly bool IsOneLogit => false;

        public readonly void Classify(ClassifierHead.Arguments a, int row)
        {
            var (first, label, answer) = (row * a.LogitCount, a.Labels[row], Answer(a, row));
            var most = a.Logits[first + answer];
            var (rest, others) = (0f, 0f); // of the exponentials: all but the answer's, and all but that of the row's own class
            var (weight, offTargets, loss) = (0f, 0f, 0f);
            for (var c = 0; c < a.LogitCount; c++)
            {
                var (below, target) = (a.Logits[first + c] - most, a.Loss.Target(label, c));
                var exponential = DeviceMath.Exp(below);
                rest += c == answer ? 0f : exponential;
                others += c == label ? 0f : exponential;
                weight += target;
                offTargets += c == label ? 0f : target;
                loss -= target * below;
            }

            a.RowLosses[row] = loss + weight * DeviceMath.LogOnePlus(rest);
            var (scale, share) = (0f, 0f);
            if (a.LogitCount > 0) // or ILGPU would divide anew in every pass of the loop
                (scale, share) = (weight / (1f + rest), 1f / a.Loss.RowWeight);
            for (var c = 0; c < a.LogitCount; c++)
            {
                var gradient = c == label
                    ? offTargets - scale * others
                    : scale * DeviceMath.Exp(a.Logits[first + c] - most) - a.Loss.Target(label, c);
                a.LogitGradients[first + c] = gradient * share;
            }
        }

        public readonly bool IsRight(ClassifierHead.Arguments a, int row) => Answer(a, row) == a.Labels[row];

        private static int Answer(ClassifierHead.Arguments a, int row)
        {
            var (first, answer) = (row * a.LogitCount, 0);
            for (var c = 1; c < a.LogitCount; c++)
                answer = a.Logits[first + c] > a.Logits[first + answer] ? c : answer;
            return answer;
        }
    }
}
