using GpuLstm.Engines.Cpu.Primitives;
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
            if (RegisterWidths.Supports(RegisterWidth.Eight))
                Check<Lanes8>(random);
            if (RegisterWidths.Supports(RegisterWidth.Sixteen))
                Check<Lanes16>(random);
        }
    }

    private static void Check<TLanes>(Random random)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        // A and B may lie either way round; columns behind those of C must stay as they are.
        var (rows, depth, columns) = (random.Next(1, 20), random.Next(1, 30), random.Next(1, 150));
        var padded = Gemm<TLanes>.Padded(columns);
        var cStride = padded + random.Next(9);
        var (a, b, c) = (Whole(rows * depth), Whole(depth * padded), Whole(rows * cStride));
        var (rowStride, kStride) = random.Next(2) == 0 ? (depth, 1) : (1, rows);
        var (bStride, nStride) = random.Next(2) == 0 ? (padded, 1) : (1, depth);
        var before = c.Span.ToArray();
        if (nStride == 1 && random.Next(2) == 0)
        {
            columns = padded;
            for (int column = 0, width; column < padded; column += width)
            {
                width = Gemm<TLanes>.PanelWidth(padded - column);
                Gemm<TLanes>.AddPanel(
                    a.Pointer, rowStride, kStride, b.Pointer + column, bStride, width, c.Pointer + column, cStride, rows, depth);
            }
        }
        else
        {
            var packed = new PinnedBuffer(depth * padded);
            Gemm<TLanes>.Pack(b.Pointer, bStride, nStride, depth, columns, packed.Pointer);
            Gemm<TLanes>.Add(a.Pointer, rowStride, kStride, packed.Pointer, c.Pointer, cStride, rows, depth, padded);
        }

        for (var m = 0; m < rows; m++)
        {
            for (var n = 0; n < cStride; n++)
            {
                var sum = before[m * cStride + n];
                for (var k = 0; k < depth && n < columns; k++)
                    sum += a.Pointer[m * rowStride + k * kStride] * b.Pointer[k * bStride + n * nStride];
                Assert.Equal(sum, c.Pointer[m * cStride + n]);
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
