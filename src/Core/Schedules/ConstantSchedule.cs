namespace GpuLstm.Schedules;

/// <summary>Every step takes the whole learning rate.</summary>
public sealed class ConstantSchedule : LearningRateSchedule
{
    public override string Name => "constant";

    public override double Factor(long step, long steps, IReadOnlyDictionary<string, double> state) => 1;
}
