using GpuLstm.Engines;

namespace GpuLstm.Training;

/// <summary>Profiles some of a run's first steps and passes on what it is told.</summary>
/// <param name="engine">The engine that trains.</param>
/// <param name="inner">Told too.</param>
public sealed class ProfilingObserver(IProfiledEngine engine, ITrainingObserver inner) : ITrainingObserver
{
    /// <summary>Steps before: kernels are compiled and clocks rise.</summary>
    public const int WarmUpSteps = 20;

    /// <summary>Steps that are measured, unless the first epoch ends before.</summary>
    public const int MeasuredSteps = 200;

    /// <summary>The profile; null before the steps are done.</summary>
    public StepProfile? Profile { get; private set; }

    public void OnStep(int epoch, int step, int steps)
    {
        inner.OnStep(epoch, step, steps);
        if (epoch > 1)
            return;
        var before = Math.Min(WarmUpSteps, steps - 1);
        if (step == before)
            engine.StartProfile();
        else if (step == Math.Min(before + MeasuredSteps, steps))
            Profile = engine.TakeProfile();
    }

    public void OnEpoch(EpochReport report) => inner.OnEpoch(report);
}
