using GpuLstm.Kernels.Devices;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Verification;

/// <summary>
/// What a case needs of a device: random inputs uploaded, outputs poisoned with NaN so that an element nobody wrote is
/// seen, and comparisons collected. Inputs are drawn as floats, so that the reference in double sees the same numbers.
/// </summary>
internal sealed class CaseDevice(ComputeDevice device, Random random) : IDisposable
{
    private readonly List<IDisposable> buffers = [];

    /// <summary>The device itself, for launchers.</summary>
    public ComputeDevice Device => device;

    /// <summary>The case's random numbers.</summary>
    public Random Random => random;

    /// <summary>What was compared so far.</summary>
    public List<VerificationResult> Results { get; } = [];

    /// <summary>True where every thread is a thread of the operating system: shapes must be tiny.</summary>
    public bool IsSimulator => device.Info.Kind == AcceleratorKind.Simulator;

    /// <summary>Uniform values in ± <paramref name="range"/> that float32 holds exactly.</summary>
    public double[] Uniform(int length, double range = 1)
    {
        var values = new double[length];
        for (var n = 0; n < length; n++)
            values[n] = (float)((2 * random.NextDouble() - 1) * range);
        return values;
    }

    /// <summary>Uploads values; the result is the device's copy.</summary>
    public ArrayView<float> Upload(double[] values)
    {
        var buffer = device.Allocate<float>(values.Length);
        buffers.Add(buffer);
        if (values.Length > 0)
            buffer.View.SubView(0, values.Length).CopyFromCPU(device.Stream, Array.ConvertAll(values, value => (float)value));
        return buffer.View;
    }

    /// <summary>Uploads indices.</summary>
    public ArrayView<int> Upload(int[] values)
    {
        var buffer = device.Allocate<int>(values.Length);
        buffers.Add(buffer);
        if (values.Length > 0)
            buffer.View.SubView(0, values.Length).CopyFromCPU(device.Stream, values);
        return buffer.View;
    }

    /// <summary>An output of NaNs.</summary>
    public ArrayView<float> Poisoned(int length) => Upload(Enumerable.Repeat(double.NaN, length).ToArray());

    /// <summary>Compares the device's tensor with what it should be.</summary>
    public void Compare(
        string operation, string tensor, string shape, ArrayView<float> actual, double[] expected, double bound, double leastScale = 0)
    {
        var host = new float[expected.Length];
        if (host.Length > 0)
            actual.SubView(0, host.Length).CopyToCPU(device.Stream, host);
        device.Synchronize();
        Results.Add(VerificationResult.Compare(device.Info.Name, operation, tensor, shape, host, expected, bound, leastScale));
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            buffer.Dispose();
        buffers.Clear();
    }
}
