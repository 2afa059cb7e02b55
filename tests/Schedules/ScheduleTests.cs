using GpuLstm.Kernels.Operations;
using GpuLstm.Schedules;

namespace GpuLstm.Tests.Schedules;

/// <summary>Learning rates by hand; libtorch's are compared in <c>tests/Libtorch</c>.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void A_constant_rate_stays() => Assert.Equal([1, 1, 1], Factors("constant", warmup: 0, steps: 3));

    [Fact]
    public void A_warm_up_grows_evenly_to_the_whole_rate() =>
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Factors("constant", warmup: 3, steps: 5));

    [Fact]
    public void A_cosine_falls_over_what_the_warm_up_leaves() =>
        AssertEqual([0.5, 1, (1 + Math.Sqrt(0.5)) / 2, 0.5, (1 - Math.Sqrt(0.5)) / 2], Factors("cosine", warmup: 1, steps: 5));

    [Fact]
    public void A_line_falls_over_what_the_warm_up_leaves() =>
        AssertEqual([0.5, 1, 0.75, 0.5, 0.25], Factors("linear", warmup: 1, steps: 5));

    /// <summary>
    /// Two epochs are waited for; the third without a smaller loss halves the rate, and the counting begins anew.
    /// </summary>
    [Fact]
    public void A_plateau_halves_the_rate()
    {
        var schedule = LearningRateSchedule.Named("plateau")!;
        var running = new RunningSchedule(
            schedule, HyperparameterValues.None.CompletedBy(schedule.Hyperparameters), warmupSteps: 0, steps: 1000);
        double[] losses = [1, 0.9, 0.9, 0.89995, 0.95, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8];
        double[] expected = [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25];
        Assert.Equal(expected, losses.Select(loss =>
        {
            running.EndEpoch(loss);
            return running.Factor(0);
        }));
    }

    /// <summary>What it remembers goes from one to another.</summary>
    [Fact]
    public void A_plateau_goes_on_from_its_state()
    {
        var schedule = LearningRateSchedule.Named("plateau")!;
        var values = HyperparameterValues.None.CompletedBy(schedule.Hyperparameters);
        var running = new RunningSchedule(schedule, values, warmupSteps: 0, steps: 1000);
        foreach (var loss in new[] { 1, 0.9, 0.9, 0.9 })
            running.EndEpoch(loss);
        var resumed = new RunningSchedule(schedule, values, warmupSteps: 0, steps: 1000) { State = running.State };
        resumed.EndEpoch(0.9);
        Assert.Equal((1, 0.5), (running.Factor(0), resumed.Factor(0)));
    }

    private static double[] Factors(string name, int warmup, int steps)
    {
        var schedule = LearningRateSchedule.Named(name)!;
        var running = new RunningSchedule(
            schedule, HyperparameterValues.None.CompletedBy(schedule.Hyperparameters), warmup, steps);
        return [.. Enumerable.Range(0, steps).Select(step => running.Factor(step))];
    }

    private static void AssertEqual(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
