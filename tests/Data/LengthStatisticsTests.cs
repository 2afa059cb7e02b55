using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class LengthStatisticsTests
{
    [Fact]
    public void Describes_as_pandas() =>
        Assert.Equal(
            new LengthStatistics(4, 2.5, Math.Sqrt(5.0 / 3), 1, 1.75, 2.5, 3.25, 4), LengthStatistics.Describe([4, 1, 3, 2]));

    [Fact]
    public void One_length_has_no_deviation() =>
        Assert.Equal(new LengthStatistics(1, 7, null, 7, 7, 7, 7, 7), LengthStatistics.Describe([7]));
}
