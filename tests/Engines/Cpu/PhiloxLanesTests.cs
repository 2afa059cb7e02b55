using GpuLstm.Engines.Cpu;
using GpuLstm.Kernels.Operations;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines.Cpu;

public sealed class PhiloxLanesTests(ITestOutputHelper output)
{
    [Fact]
    public void Draw_what_kernels_draw()
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < 1000; round++)
        {
            var mask = new DropoutMask(
                random.NextDouble(), (uint)random.NextInt64(1L << 32), DropoutPlace.Recurrent, random.Next(16), random.Next());
            var (row, time, first) = (random.Next(), random.Next(1 << 16), PhiloxLanes.Columns * random.Next(1 << 16));
            var factors = new float[PhiloxLanes.Columns];
            PhiloxLanes.Factors(mask, row, time, first, factors);
            Assert.Equal([.. Enumerable.Range(first, factors.Length).Select(column => mask.Factor(row, time, column))], factors);
        }
    }
}
