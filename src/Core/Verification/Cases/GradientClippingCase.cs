using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="GradientClipping"/>: a gradient that is larger than the norm, and one that is not, which must not change by a bit.
/// Several chunks, of which the last is not full.
/// </summary>
internal static class GradientClippingCase
{
    public static void Run(CaseDevice device)
    {
        Run(device, share: 0.3);
        Run(device, share: 3);
    }

    private static void Run(CaseDevice device, double share)
    {
        var count = device.LargeSize(3 * GradientClipping.ElementsInChunk);
        var gradient = device.Gradients(count);
        var norm = Math.Sqrt(gradient.Sum(value => value * value));
        var maxNorm = (float)Math.Max(0.1, share * norm);
        var buffer = device.InPlace(gradient);
        GradientClipping.Run(device.Device, new()
        {
            Gradient = buffer.View,
            Scratch = device.Output(GradientClipping.ScratchLength(count)).View,
            MaxNorm = maxNorm,
            Count = count,
        });
        GradientClipping.Reference.Run(gradient, maxNorm);
        device.Compare(
            "gradient clipping", "gradient", $"parameters={count} norm={norm:0e-0} c={maxNorm:0e-0}", buffer, gradient,
            maxNorm > norm ? 0 : Bounds.Sums);
    }
}
