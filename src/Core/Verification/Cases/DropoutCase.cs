using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="Dropout"/>, every kernel: rows of every length, columns that are no whole quads, and the same rows again in place.
/// The factors themselves are whole numbers' work, so they must be right to the bit.
/// </summary>
internal static class DropoutCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, steps, columns) = (device.Size(20, real: 32), device.Size(20, real: 200), device.Size(40, real: 128));
        var mask = new DropoutMask(
            device.Random.NextDouble(), (uint)device.Random.Next(), DropoutPlace.Layer, device.Random.Next(8),
            device.Random.Next(1000));
        var shape = $"B={rows} T={steps} F={columns}";
        var values = device.Values(steps * rows * columns);
        var places = Enumerable.Range(0, rows).ToArray();
        device.Random.Shuffle(places);
        var everyStep = device.InPlace(values);
        Dropout.EveryStep(device.Device, new()
        {
            Source = everyStep.View,
            Target = everyStep.View,
            Places = device.Input(places),
            Mask = mask,
            Count = rows,
            Steps = steps,
            Columns = columns,
        });
        Compare(device, "every step", shape, everyStep, Dropout.Reference.EveryStep(values, mask, places, columns));

        var (lengths, lastSteps) = (device.Indices(rows, steps + 1), device.Output(rows * columns));
        Dropout.LastSteps(device.Device, new()
        {
            Source = device.Input(values),
            Target = lastSteps.View,
            Lengths = device.Input(lengths),
            Places = device.Input(places),
            Mask = mask,
            Count = rows,
            Steps = steps,
            Columns = columns,
        });
        Compare(device, "last steps", shape, lastSteps, Dropout.Reference.LastSteps(values, mask, places, lengths, columns));
        RunListedRows(device, mask, values[..(rows * columns)], places, columns);
    }

    private static void RunListedRows(CaseDevice device, DropoutMask mask, double[] values, int[] places, int columns)
    {
        var rows = places.Length;
        var listed = places.Reverse().ToArray();
        var count = device.Random.Next(1, rows + 1);
        var (shape, target, factors) =
            ($"B={rows} listed={count} F={columns}", device.Output(values.Length), device.Output(values.Length));
        var arguments = new Dropout.Arguments
        {
            Source = device.Input(values),
            Target = target.View,
            Places = device.Input(places),
            Rows = device.Input(listed),
            RowCount = device.Input([count]),
            Mask = mask,
            Count = rows,
            Steps = 1,
            Columns = columns,
        };
        Dropout.ListedRows(device.Device, arguments);
        Compare(device, "listed rows", shape, target, Dropout.Reference.ListedRows(values, mask, listed[..count], columns));
        Dropout.Factors(device.Device, arguments with { Target = factors.View });
        double[] ones = [.. Enumerable.Repeat(1.0, values.Length)];
        Compare(device, "factors", shape, factors, Dropout.Reference.EveryStep(ones, mask, places, columns));
    }

    // A product of two floats, which a device may round to 0.
    private static void Compare(
        CaseDevice device, string tensor, string shape, GuardedBuffer<float> actual, double[] expected) =>
        device.Compare("dropout", tensor, shape, actual, expected, device.Data == CaseData.Random ? 1e-7 : Bounds.Elementwise);
}
