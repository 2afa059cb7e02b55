using System.Globalization;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification;

/// <summary>What became of two runs that should be the same.</summary>
/// <param name="Device">The device's name.</param>
/// <param name="Compared">Which runs, for the reader.</param>
/// <param name="Steps">Training steps compared.</param>
/// <param name="FirstDivergence">
/// The first parameter that differs, with its step and values; null where all bits are equal.
/// </param>
public sealed record DeterminismResult(string Device, string Compared, int Steps, string? FirstDivergence)
{
    /// <summary>True when not a bit differed.</summary>
    public bool Passed => FirstDivergence is null;
}

/// <summary>
/// Trains one epoch twice from the same seed, on engines of their own, and compares all parameters bit for bit after
/// every step. On the CPU the first has one thread and the second others.
/// </summary>
public static class DeterminismCheck
{
    private const int Steps = 40;
    private const int Rows = 33;
    private static readonly int[] ThreadCounts = [2, 3, 8];

    // Enough rows and steps for several slices of a weight gradient, and hidden units for several groups' work.
    private static readonly ModelOptions FullModel = new(50, 16, 33, 30, TextLengths.Real)
    {
        Layers = 2,
        IsBidirectional = true,
        Readout = Readout.Attention,
        Pairs = new PairOptions(PairOptions.MinRows, 8, FeatureJoin.Append),
        Ngrams = new NgramOptions(
            Rows: 70, Size: 8, FeatureJoin.Append,
            new TokenNgrams(Enumerable.Range(0, 50).Select(token => Enumerable.Range(token, token % 7)))),
    };

    private static readonly ModelOptions SmallModel = new(12, 3, 5, 7, TextLengths.Real);

    // A training step of one hidden unit may be one launch.
    private static readonly ModelOptions OneUnitModel = new(50, 16, 1, 30, TextLengths.Real);

    private static readonly OptimizerOptions Optimizer =
        new() { Dropout = new() { Embedding = 0.2, Layers = 0.2, Recurrent = 0.2, Head = 0.2 } };

    /// <summary>Runs the check on one accelerator.</summary>
    /// <param name="accelerator">Not <see cref="AcceleratorKind.Auto"/>.</param>
    /// <param name="seed">Draws initial values and batches.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    /// <param name="threads">On the CPU, how many threads the second run has; null for several numbers in turn.</param>
    /// <exception cref="DeviceException">There is no such device, or it failed.</exception>
    public static IReadOnlyList<DeterminismResult> Run(
        AcceleratorKind accelerator, int seed, CancellationToken cancellation, int? threads = null)
    {
        if (accelerator != AcceleratorKind.Cpu)
        {
            using var device = new Verifier(accelerator);
            return RunOn(device, accelerator, seed, cancellation);
        }

        int[] counts = threads is { } count ? [count] : ThreadCounts;
        return
        [
            .. counts.Select(count => Compare(
                FullModel, Rows, $"1 thread, {count} {(count == 1 ? "thread" : "threads")}", Create(1), Create(count), seed,
                cancellation)),
        ];

        ITrainingEngine Create(int threads) =>
            new CpuEngine(FullModel, Optimizer, LimitsOf(FullModel, Rows) with { Threads = threads });
    }

    /// <summary>Runs the check on an open device.</summary>
    internal static IReadOnlyList<DeterminismResult> RunOn(
        Verifier device, AcceleratorKind accelerator, int seed, CancellationToken cancellation)
    {
        var (model, rows) = accelerator == AcceleratorKind.Simulator ? (SmallModel, 3) : (FullModel, Rows);
        return [Twice("twice", model, Optimizer), Twice("twice, one unit", OneUnitModel, new OptimizerOptions())];

        DeterminismResult Twice(string compared, ModelOptions trained, OptimizerOptions optimizer) => Compare(
            trained, rows, compared, device.CreateEngine(trained, optimizer, LimitsOf(trained, rows)),
            device.CreateEngine(trained, optimizer, LimitsOf(trained, rows)), seed, cancellation);
    }

    private static EngineLimits LimitsOf(ModelOptions model, int rows) => new(rows, model.MaxLength);

    private static DeterminismResult Compare(
        ModelOptions model, int rows, string compared, ITrainingEngine first, ITrainingEngine second, int seed,
        CancellationToken cancellation)
    {
        using (first)
        using (second)
            return new DeterminismResult(
                first.Device, compared, Steps, FirstDivergence(model, rows, first, second, seed, cancellation));
    }

    /// <summary>Trains two engines side by side.</summary>
    /// <returns>Where they first differ; null if nowhere.</returns>
    internal static string? FirstDivergence(
        ModelOptions model, int rows, ITrainingEngine first, ITrainingEngine second, int seed, CancellationToken cancellation)
    {
        var start = ParameterInitializer.Create(model, new NumpyRandom((uint)seed));
        var random = new Random(seed);
        first.SetParameters(start);
        second.SetParameters(start);
        var (one, other) = (new float[start.Length], new float[start.Length]);
        for (var step = 1; step <= Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            // the last one is smaller
            var batch = RandomBatches.Create(model, step == Steps ? Math.Max(1, rows / 2) : rows, random);
            first.TrainStep(batch);
            second.TrainStep(batch);
            first.GetParameters(one);
            second.GetParameters(other);
            for (var n = 0; n < one.Length; n++)
            {
                if (BitConverter.SingleToInt32Bits(one[n]) == BitConverter.SingleToInt32Bits(other[n]))
                    continue;
                var tensor = first.Layout.Of(n);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"step {step}, {tensor.Name}[{n - tensor.Offset}]: {one[n]:R} and {other[n]:R}");
            }
        }

        return null;
    }
}
