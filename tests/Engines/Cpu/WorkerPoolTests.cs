using GpuLstm.Engines.Cpu.Primitives;

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

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(9, 3)]
    public void Work_is_split_into_as_many_parts_as_it_is_worth(int worth, int expected)
    {
        using var pool = new WorkerPool(3);
        for (var round = 0; round < 2000; round++)
        {
            var runs = new int[3];
            pool.Run(
                (part, parts) =>
                {
                    Assert.Equal(expected, parts);
                    runs[part]++;
                },
                worth);
            Assert.Equal([.. Enumerable.Range(0, 3).Select(part => part < expected ? 1 : 0)], runs);
            // a thread that comes late to the last piece must not take from this one
            pool.Run((_, parts) => Assert.Equal(3, parts));
        }
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
