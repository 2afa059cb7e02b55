using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary><see cref="SoftmaxLoss"/> on the processor.</summary>
internal readonly struct CpuSoftmax : ICpuLoss
{
    public static bool IsOneLogit => false;

    public static (float Loss, bool IsRight) Classify(ReadOnlySpan<float> logits, int label, ReadOnlySpan<float> targets)
    {
        var answer = SoftmaxLoss.Largest(logits);
        var (rest, weight, loss) = (0f, 0f, 0f);
        for (var c = 0; c < logits.Length; c++)
        {
            var below = logits[c] - logits[answer];
            rest += c == answer ? 0 : DeviceMath.Exp(below);
            weight += targets[c];
            loss -= targets[c] * below;
        }

        return (loss + weight * DeviceMath.LogOnePlus(rest), answer == label);
    }

    public static void Gradient(
        ReadOnlySpan<float> logits, int label, ReadOnlySpan<float> targets, Span<float> gradient)
    {
        var answer = SoftmaxLoss.Largest(logits);
        var (rest, others, weight, offTargets) = (0f, 0f, 0f, 0f);
        for (var c = 0; c < logits.Length; c++)
        {
            gradient[c] = DeviceMath.Exp(logits[c] - logits[answer]);
            rest += c == answer ? 0 : gradient[c];
            others += c == label ? 0 : gradient[c];
            weight += targets[c];
            offTargets += c == label ? 0 : targets[c];
        }

        var scale = weight / (1 + rest);
        for (var c = 0; c < logits.Length; c++)
            gradient[c] = c == label ? offTargets - scale * others : scale * gradient[c] - targets[c];
    }
}
