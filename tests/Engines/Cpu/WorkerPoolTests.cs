using GpuLstm.Engines.Cpu;

namespace GpuLstm.Tests.Engines.Cpu;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_part_runs_once_a_piece(int threads)
    {
        using var pool = new WorkerPool(threads);
        var runs = new int[threads];
        Action<int, int> piece = (part, parts) =>
        {
            Assert.Equal(threads, parts);
            runs[part]++;
        };
        for (var round = 0; round < 2000; round++)
            pool.Run(piece);
        Thread.Sleep(50); // long enough for the threads to sleep
        pool.Run(piece);
        Assert.All(runs, count => Assert.Equal(2001, count));
    }

    [Fact]
    public void A_failure_in_a_part_reaches_the_caller_and_the_pool_goes_on()
    {
        using var pool = new WorkerPool(3);
        Assert.Throws<InvalidTimeZoneException>(() => pool.Run((part, _) =>
        {
            if (part == 2)
                throw new InvalidTimeZoneException();
        }));
        var runs = 0;
        pool.Run((_, _) => Interlocked.Increment(ref runs));
        Assert.Equal(3, runs);
    }
}
