namespace GpuLstm.Schedules;

/// <summary>
/// The rate falls along half a cosine towards 0 at the end of the training (Loshchilov and Hutter 2017): step k of N (from 0)
/// takes (1 + cos(π k / N)) / 2. It is PyTorch's <c>CosineAnnealingLR(T_max=N)</c>.
/// </summary>
public sealed class CosineSchedule : LearningRateSchedule
{
    public override string Name => "cosine";

    public override bool DependsOnLength => true;

    public override double Factor(long step, long steps, IReadOnlyDictionary<string, double> state) =>
        (1 + Math.Cos(Math.PI * step / steps)) / 2;
}
