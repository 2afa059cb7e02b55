using GpuLstm.Kernels.Operations;
using GpuLstm.Metrics;

namespace GpuLstm.Tests.Training;

public sealed class EvaluationReportTests
{
    /// <summary>The formula, computed by Python.</summary>
    [Theory]
    [InlineData(8, 10, 0.4901624715, 0.9433178485)]
    [InlineData(0, 10, 0, 0.2775327999)]
    [InlineData(10, 10, 0.7224672001, 1)]
    [InlineData(7948, 8603, 0.9180683267, 0.9292808472)]
    public void Wilsons_interval(int successes, int trials, double low, double high)
    {
        var interval = WilsonInterval.Of(successes, trials);
        Assert.Equal(low, interval.Low, 6);
        Assert.Equal(high, interval.High, 6);
    }

    [Fact]
    public void Counts_answers_by_true_label()
    {
        var report = EvaluationReport.Of([0, 0, 0, 1, 1], [-1, -2, 3, 1, 0], Loss.For(2), loss: 0.5, ["Positive", "Negative"]);
        Assert.Equal([2, 1], report.Confusion[0]);
        Assert.Equal([1, 1], report.Confusion[1]); // a logit of 0 is a probability of 0.5, which is not over 0.5
        Assert.Equal((5, 0.6, 0.6, 0.5), (report.Rows, report.Accuracy, report.MajorityShare, report.Loss));
    }

    [Fact]
    public void Rows_of_one_class_are_measured_too()
    {
        var report = EvaluationReport.Of([1, 1], [1, 2], Loss.For(2), loss: 0.1, ["Positive", "Negative"]);
        Assert.Equal((1.0, 1.0), (report.Accuracy, report.MajorityShare));
        Assert.Equal([0, 0], report.Confusion[0]);
    }
}
