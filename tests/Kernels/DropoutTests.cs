using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Tests.Kernels;

/// <summary>What dropout draws.</summary>
public sealed class DropoutTests
{
    /// <summary>The vectors that the authors publish (Random123, kat_vectors).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(
        uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, 0x408f276d, 0x41c83b0e,
        0xa20bc7c6, 0x6d5451fd)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
        0x24126ea1)]
    public void Philox_draws_what_its_authors_say(
        uint x, uint y, uint z, uint w, uint keyA, uint keyB, uint first, uint second, uint third, uint fourth)
    {
        var words = Philox.Of(new Philox { X = x, Y = y, Z = z, W = w }, keyA, keyB);
        Assert.Equal((first, second, third, fourth), (words.X, words.Y, words.Z, words.W));
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public void The_share_is_dropped_and_the_mean_stays(double rate)
    {
        const int Rows = 100;
        const int Columns = 1000;
        var factors = Draw(new DropoutMask(rate, 7, DropoutPlace.Head, 0, 3), Rows, Columns);
        Assert.Equal([0f, (float)(1 / (1 - rate))], factors.Distinct().Order(), (a, b) => Math.Abs(a - b) < 1e-6);
        var deviation = Math.Sqrt(rate * (1 - rate) / factors.Length);
        Assert.Equal(rate, factors.Average(factor => factor == 0 ? 1 : 0), 5 * deviation);
        Assert.Equal(1, factors.Average(), 5 * deviation / (1 - rate));
    }

    /// <summary>A mask that does not depend on one of them draws the same twice.</summary>
    [Fact]
    public void All_that_tells_masks_apart_counts()
    {
        DropoutMask[] masks =
        [
            new(0.5, 7, DropoutPlace.Layer, 1, 3), new(0.5, 8, DropoutPlace.Layer, 1, 3), new(0.5, 7, DropoutPlace.Head, 1, 3),
            new(0.5, 7, DropoutPlace.Layer, 2, 3), new(0.5, 7, DropoutPlace.Layer, 1, 4),
        ];
        var draws = masks.Select(mask => Draw(mask, 1, 400)).ToList();
        draws.Add([.. Enumerable.Range(0, 400).Select(column => masks[0].Factor(1, 0, column))]);
        draws.Add([.. Enumerable.Range(0, 400).Select(column => masks[0].Factor(0, 1, column))]);
        for (var n = 0; n < draws.Count; n++)
        {
            for (var other = 0; other < n; other++) // 200 ± 8 deviations
                Assert.InRange(draws[n].Zip(draws[other]).Count(pair => pair.First == pair.Second), 120, 280);
        }
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Other_rates_are_refused(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new DropoutMask(rate, 0, DropoutPlace.Head, 0, 1));

    private static float[] Draw(DropoutMask mask, int rows, int columns) =>
    [
        .. from row in Enumerable.Range(0, rows)
           from column in Enumerable.Range(0, columns)
           select mask.Factor(row, 0, column),
    ];
}
