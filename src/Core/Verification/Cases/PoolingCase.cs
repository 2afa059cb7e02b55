using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="Pooling"/>, every kind, forward and backward: rows of every length from 0 to all steps.</summary>
internal static class PoolingCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, steps, features) = (device.Size(20, real: 32), device.Size(20, real: 200), device.Size(40, real: 128));
        var lengths = device.Indices(rows, steps + 1);
        foreach (var kind in Enum.GetValues<PoolingKind>())
            Run(device, kind, lengths, steps, features);
    }

    private static void Run(CaseDevice device, PoolingKind kind, int[] lengths, int steps, int features)
    {
        var values = device.Values(steps * lengths.Length * features);
        var shape = $"{kind} B={lengths.Length} T={steps} F={features}";
        var expected = Pooling.Reference.Forward(values, lengths, features, kind);
        var gradient = device.Gradients(expected.Length);
        var (pooled, ofFeatures) = (device.Output(expected.Length), device.Output(values.Length));
        var arguments = new Pooling.Arguments
        {
            Features = device.Input(values),
            Lengths = device.Input(lengths),
            Pooled = pooled.View,
            MaxSteps = device.IndexOutput(lengths.Length * features).View,
            PooledGradient = device.Input(gradient),
            FeatureGradient = ofFeatures.View,
            Rows = lengths.Length,
            Steps = steps,
            FeatureCount = features,
        };
        Pooling.Forward(device.Device, arguments, kind);
        Pooling.Backward(device.Device, arguments, kind);
        // A device may take denormals for 0. The mean is divided, so not exact for whole numbers either.
        var isExact = kind == PoolingKind.Max && device.Data != CaseData.Denormals;
        device.Compare("pooling forward", "pooled", shape, pooled, expected, isExact ? 0 : Bounds.Sums);
        device.Compare(
            "pooling backward", "features", shape, ofFeatures,
            Pooling.Reference.Backward(values, lengths, features, kind, gradient),
            isExact ? 0 : device.GradientBound(Bounds.Elementwise));
    }
}
