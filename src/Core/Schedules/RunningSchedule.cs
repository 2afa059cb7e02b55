using GpuLstm.Kernels.Operations;

namespace GpuLstm.Schedules;

/// <summary>A schedule in the course of one training: warm-up first, then the schedule over all steps that are left.</summary>
/// <param name="schedule">The schedule.</param>
/// <param name="values">A value for each of its hyperparameters.</param>
/// <param name="warmupSteps">Steps of the warm-up.</param>
/// <param name="steps">Steps of the whole training.</param>
public sealed class RunningSchedule(
    LearningRateSchedule schedule, HyperparameterValues values, int warmupSteps, long steps)
{
    private Dictionary<string, double> state = [];

    /// <summary>What the schedule remembers, by name; a checkpoint keeps it.</summary>
    public IReadOnlyDictionary<string, double> State
    {
        get => state;
        set => state = new Dictionary<string, double>(value);
    }

    /// <summary>The part of the learning rate that a step takes.</summary>
    /// <param name="step">The step, from 0.</param>
    public double Factor(long step) =>
        WarmUp.Factor(step, warmupSteps)
        * schedule.Factor(Math.Max(0, step - warmupSteps), Math.Max(1, steps - warmupSteps), state);

    /// <summary>Told when an epoch is over.</summary>
    /// <param name="loss">The epoch's mean training loss.</param>
    public void EndEpoch(double loss) => schedule.EndEpoch(loss, values, state);
}
