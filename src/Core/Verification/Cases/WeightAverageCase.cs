using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="WeightAverage"/>, after the first step and after a later one.</summary>
internal static class WeightAverageCase
{
    private const double Decay = 0.7; // so that what is new counts as much as what is old

    public static void Run(CaseDevice device)
    {
        Run(device, step: 1);
        Run(device, device.Random.Next(2, 100));
    }

    private static void Run(CaseDevice device, int step)
    {
        var count = device.Size(500, real: 100_000);
        var weight = WeightAverage.WeightOf(Decay, step);
        var (parameters, average) = (device.Values(count), device.Values(count));
        var buffer = device.InPlace(average);
        WeightAverage.Run(device.Device, new()
        {
            Parameters = device.Input(parameters),
            Average = buffer.View,
            Weight = (float)weight,
            Count = count,
        });
        WeightAverage.Reference.Run(parameters, average, weight);
        device.Compare(
            "weight average", "average", $"parameters={count} t={step}", buffer, average, step == 1 ? 0 : Bounds.Elementwise);
    }
}
