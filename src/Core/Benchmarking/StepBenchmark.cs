using System.Diagnostics;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;

namespace GpuLstm.Benchmarking;

/// <summary>
/// Measures steps of an engine on random tokens. A device queues its steps, so they are measured in bursts that are waited for
/// as a whole, as in training. The device stays open from shape to shape, with the kernels loaded on it.
/// </summary>
public sealed class StepBenchmark : IDisposable
{
    // What .NET needs to notice hot code and compile it again; but no more than the measurement takes.
    private const double MinWarmUpSeconds = 0.25;
    private const int BurstsInBudget = 20;
    private const int MaxStepsInBurst = 1024;

    // The weights stay as they are: on one batch they would soon fit it, and the time of a step could depend on how well.
    private static readonly OptimizerOptions Optimizer = new() { LearningRate = 0 };

    private readonly StepBenchmarkOptions options;
    private readonly ComputeDevice? device; // null: the CPU engine

    /// <param name="options">What all measurements share.</param>
    /// <exception cref="UserErrorException">The options make no sense.</exception>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public StepBenchmark(StepBenchmarkOptions options)
    {
        options.Check();
        this.options = options;
        var accelerator = EngineFactory.Resolve(options.Accelerator);
        device = accelerator == AcceleratorKind.Cpu ? null : DeviceCatalog.Open(accelerator);
    }

    /// <summary>Measures one shape: a warm-up, then bursts until the time is up, one at least.</summary>
    /// <param name="shape">What to measure.</param>
    /// <param name="cancellation">Looked at between bursts.</param>
    /// <exception cref="UserErrorException">The shape is out of range, or needs more memory than there is.</exception>
    /// <exception cref="DeviceException">The device failed, or has too little memory.</exception>
    public StepTiming Measure(BenchmarkShape shape, CancellationToken cancellation)
    {
        shape.Check();
        using var workload = CreateWorkload(shape);
        var burst = WarmUp(workload, cancellation);
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        do
        {
            cancellation.ThrowIfCancellationRequested();
            times.Add(Seconds(workload, burst) * 1000 / burst);
        }
        while (clock.Elapsed.TotalSeconds < options.Seconds);

        times.Sort();
        return new StepTiming(
            shape, workload.Accelerator, workload.Device, times[times.Count / 2], times[0], (long)burst * times.Count);
    }

    public void Dispose() => device?.Dispose();

    /// <summary>Runs until caches, clocks and compilers have settled.</summary>
    /// <returns>The steps of a burst: as many as make it long against the wait at its end.</returns>
    private int WarmUp(BenchmarkWorkload workload, CancellationToken cancellation)
    {
        workload.Run(1); // compiles and loads the kernels, which may take longer than all the rest
        var burst = 1;
        var clock = Stopwatch.StartNew();
        do
        {
            cancellation.ThrowIfCancellationRequested();
            if (Seconds(workload, burst) < options.Seconds / BurstsInBudget)
                burst = Math.Min(2 * burst, MaxStepsInBurst);
        }
        while (clock.Elapsed.TotalSeconds < Math.Max(Math.Min(MinWarmUpSeconds, options.Seconds), options.Seconds / 4));

        return burst;
    }

    private BenchmarkWorkload CreateWorkload(BenchmarkShape shape)
    {
        var model = options.Model(shape);
        var limits = new EngineLimits(shape.Batch, shape.Steps) { Threads = options.Threads };
        var engine = device is null
            ? EngineFactory.Create(AcceleratorKind.Cpu, model, Optimizer, limits, shape.Precision)
            : EngineFactory.CreateOn(device, model, Optimizer, limits, shape.Precision);
        return new BenchmarkWorkload(engine, model, shape, options.Seed);
    }

    private static double Seconds(BenchmarkWorkload workload, int steps)
    {
        var clock = Stopwatch.StartNew();
        workload.Run(steps);
        return clock.Elapsed.TotalSeconds;
    }
}
