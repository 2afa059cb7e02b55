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
