using GpuLstm.Kernels.Operations;

namespace GpuLstm.Schedules;

/// <summary>
/// How the learning rate changes in the course of a training: the part of it that each step takes. A warm-up may come before, see
/// <see cref="WarmUp"/>.
/// </summary>
public abstract class LearningRateSchedule
{
    /// <summary>All schedules.</summary>
    public static IReadOnlyList<LearningRateSchedule> All { get; } =
        [new ConstantSchedule(), new CosineSchedule(), new LinearSchedule(), new PlateauSchedule()];

    /// <summary>What a user calls it.</summary>
    public abstract string Name { get; }

    /// <summary>What can be chosen.</summary>
    public virtual IReadOnlyList<Hyperparameter> Hyperparameters => [];

    /// <summary>Whether the rates depend on how long the training is, so that it cannot be made longer.</summary>
    public virtual bool DependsOnLength => false;

    /// <summary>The schedule of a name.</summary>
    /// <returns>Null where there is none.</returns>
    public static LearningRateSchedule? Named(string name) => All.FirstOrDefault(schedule => schedule.Name == name);

    /// <summary>The part of the learning rate that a step takes, 0 to 1.</summary>
    /// <param name="step">Steps since the warm-up, from 0.</param>
    /// <param name="steps">All steps since the warm-up, 1 at least.</param>
    /// <param name="state">What <see cref="EndEpoch"/> has left; empty at first.</param>
    public abstract double Factor(long step, long steps, IReadOnlyDictionary<string, double> state);

    /// <summary>Told when an epoch is over.</summary>
    /// <param name="loss">The epoch's mean training loss.</param>
    /// <param name="values">A value for each of the hyperparameters, by name.</param>
    /// <param name="state">What the schedule remembers, by name; kept in checkpoints.</param>
    public virtual void EndEpoch(double loss, HyperparameterValues values, IDictionary<string, double> state)
    {
    }
}
