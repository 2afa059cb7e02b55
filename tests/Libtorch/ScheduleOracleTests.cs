using GpuLstm.Kernels.Operations;
using GpuLstm.Schedules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GpuLstm.Tests.Libtorch;

/// <summary>The learning rate of every step of some epochs, against libtorch's own schedulers.</summary>
public sealed class ScheduleOracleTests
{
    private const int StepsInEpoch = 5;
    private static readonly double[] Losses = [1, 0.9, 0.95, 0.9, 0.89999, 0.9, 0.8, 0.85, 0.85, 0.85, 0.85];

    [SkippableFact]
    public void A_warm_up_agrees() =>
        Compare("constant", warmup: 7, optimizer => optim.lr_scheduler.LinearLR(optimizer, 1.0 / 8, 1, 7), PerStep);

    [SkippableFact]
    public void A_cosine_agrees() => Compare(
        "cosine", warmup: 0, optimizer => optim.lr_scheduler.CosineAnnealingLR(optimizer, StepsInEpoch * Losses.Length), PerStep);

    [SkippableFact]
    public void A_line_agrees() => Compare(
        "linear", warmup: 0, optimizer => optim.lr_scheduler.LinearLR(optimizer, 1, 0, StepsInEpoch * Losses.Length), PerStep);

    [SkippableFact]
    public void A_plateau_agrees() => Compare(
        "plateau", warmup: 0, optimizer => optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min", factor: 0.5, patience: 2),
        (scheduler, step) =>
        {
            if ((step + 1) % StepsInEpoch == 0)
                scheduler.step(Losses[step / StepsInEpoch]);
        });

    private static void PerStep(optim.lr_scheduler.LRScheduler scheduler, int step) => scheduler.step();

    private static void Compare(
        string name, int warmup, Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> create,
        Action<optim.lr_scheduler.LRScheduler, int> afterStep)
    {
        OracleBook.SkipWithoutLibtorch();
        var schedule = LearningRateSchedule.Named(name)!;
        var running = new RunningSchedule(
            schedule, HyperparameterValues.None.CompletedBy(schedule.Hyperparameters), warmup, StepsInEpoch * Losses.Length);
        using var parameter = new Parameter(zeros(1));
        using var optimizer = optim.SGD([parameter], 1);
        var scheduler = create(optimizer);
        for (var step = 0; step < StepsInEpoch * Losses.Length; step++)
        {
            var expected = optimizer.ParamGroups.Single().LearningRate;
            Assert.Equal(expected, running.Factor(step), 1e-12);
            optimizer.step();
            afterStep(scheduler, step);
            if ((step + 1) % StepsInEpoch == 0)
                running.EndEpoch(Losses[step / StepsInEpoch]);
        }
    }
}
