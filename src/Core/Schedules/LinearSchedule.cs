namespace GpuLstm.Schedules;

/// <summary>
/// The rate falls evenly towards 0 at the end of the training: step k of N (from 0) takes 1 - k / N. It is PyTorch's
/// <c>LinearLR(start_factor=1, end_factor=0, total_iters=N)</c>.
/// </summary>
public sealed class LinearSchedule : LearningRateSchedule
{
    public override string Name => "linear";

    public override bool DependsOnLength => true;

    public override double Factor(long step, long steps, IReadOnlyDictionary<string, double> state) =>
        1 - (double)step / steps;
}
