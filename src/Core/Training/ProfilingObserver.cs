using GpuLstm.Engines.Contracts;
using GpuLstm.Metrics;

namespace GpuLstm.Training;

/// <summary>Profiles some of a run's first steps and passes on what it is told.</summary>
/// <param name="engine">The engine that trains.</param>
/// <param name="inner">Told too.</param>
public sealed class ProfilingObserver(IProfiledEngine engine, ITrainingObserver inner) : ITrainingObserver
{
    private int done;

    /// <summary>Steps before: kernels are compiled and clocks rise.</summary>
    public const int WarmUpSteps = 20;

    /// <summary>Steps that are measured, unless the first epoch ends before.</summary>
    public const int MeasuredSteps = 200;

    /// <summary>The profile; null before the steps are done.</summary>
    public StepProfile? Profile { get; private set; }

    public void OnStep(int epoch, int step, int steps)
    {
        inner.OnStep(epoch, step, steps);
        done++;
        var before = Math.Clamp(steps - 1, 1, WarmUpSteps); // of one step an epoch the second is measured
        if (done == before)
            engine.StartProfile();
        else if (done == Math.Max(before + 1, Math.Min(before + MeasuredSteps, steps)))
            Profile = engine.TakeProfile();
    }

    public void OnEpoch(EpochReport report) => inner.OnEpoch(report);
}
