using GpuLstm.Engines.Cpu;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines.Cpu;

/// <summary>Products of whole numbers, which must come out exactly, at sizes that fit no block.</summary>
public sealed unsafe class GemmTests(ITestOutputHelper output)
{
    [Fact]
    public void Products_of_whole_numbers_are_exact()
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < 50; round++)
        {
            Check<Lanes4>(random);
            if (CpuEngine.Supports(RegisterWidth.Eight))
                Check<Lanes8>(random);
            if (CpuEngine.Supports(RegisterWidth.Sixteen))
                Check<Lanes16>(random);
        }
    }

    private static void Check<TLanes>(Random random)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (rows, depth, columns) = (random.Next(1, 20), random.Next(1, 30), random.Next(1, 150));
        var padded = Gemm<TLanes>.Padded(columns);
        var (a, b, c) = (Whole(rows * depth), Whole(depth * columns), Whole(rows * padded));
        var before = c.Span.ToArray();
        var packed = new PinnedBuffer(depth * padded);
        Gemm<TLanes>.Pack(b.Pointer, columns, 1, depth, columns, packed.Pointer);
        Gemm<TLanes>.Add(a.Pointer, depth, 1, packed.Pointer, c.Pointer, padded, rows, depth, padded);
        for (var m = 0; m < rows; m++)
        {
            for (var n = 0; n < padded; n++)
            {
                var sum = before[m * padded + n];
                for (var k = 0; k < depth && n < columns; k++)
                    sum += a.Pointer[m * depth + k] * b.Pointer[k * columns + n];
                Assert.Equal(sum, c.Pointer[m * padded + n]);
            }
        }

        PinnedBuffer Whole(int length)
        {
            var buffer = new PinnedBuffer(length);
            foreach (ref var value in buffer.Span)
                value = random.Next(-9, 10);
            return buffer;
        }
    }
}
