using GpuLstm.Kernels.Operations;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="WeightGradient"/>: one slice of positions and several.</summary>
internal static class WeightGradientCase
{
    public static void Run(CaseDevice device)
    {
        var (positions, leftColumns, rightColumns) = (device.Size(700), device.Size(50), device.Size(30));
        var (left, right) = (device.Gradients(positions * leftColumns), device.Values(positions * rightColumns));
        var gradient = device.Output(leftColumns * rightColumns);
        WeightGradient.Backward(device.Device, new()
        {
            Left = device.Input(left),
            Right = device.Input(right),
            Partial = device.Output((int)WeightGradient.ScratchLength(positions, leftColumns, rightColumns)).View,
            Gradient = gradient.View,
            Positions = positions,
            LeftColumns = leftColumns,
            RightColumns = rightColumns,
        });
        device.Compare(
            "weight gradient", "weights", $"P={positions} M={leftColumns} N={rightColumns}", gradient,
            WeightGradient.Reference.Backward(left, right, positions), device.GradientBound(device.SumBound));
    }
}
