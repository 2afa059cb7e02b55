using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary><see cref="OneLogitLoss"/> on the processor.</summary>
internal readonly struct CpuOneLogit : ICpuLoss
{
    public static bool IsOneLogit => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (float Loss, bool IsRight) Classify(ReadOnlySpan<float> logits, int label, ReadOnlySpan<float> targets) =>
        (OneLogitLoss.Of(logits[0], targets[0], targets[1]), (logits[0] > 0 ? 1 : 0) == label);

    public static void Gradient(
        ReadOnlySpan<float> logits, int label, ReadOnlySpan<float> targets, Span<float> gradient) =>
        gradient[0] = OneLogitLoss.GradientOf(logits[0], targets[0], targets[1]);
}
