using GpuLstm.Data;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Data;

public sealed class PairHashTests(ITestOutputHelper output)
{
    /// <summary>The first numbers of SplitMix64 with the seed 1234567, as its authors' program prints them.</summary>
    [Fact]
    public void It_mixes_as_SplitMix64()
    {
        const ulong Seed = 1234567;
        const ulong Gamma = 0x9E3779B97F4A7C15;
        Assert.Equal(6457827717110365317ul, PairHash.Mix(Seed));
        Assert.Equal(3203168211198807973ul, PairHash.Mix(Seed + Gamma));
    }

    [Fact]
    public void Each_pair_has_a_row_of_the_table_and_they_spread()
    {
        const int Tokens = 300, Rows = 1 << 17;
        var used = new HashSet<int>();
        for (var previous = 0; previous < Tokens; previous++)
        {
            for (var token = 0; token < Tokens; token++)
            {
                var row = PairHash.RowOf(previous, token, Rows);
                Assert.InRange(row, 0, Rows - 1);
                used.Add(row);
            }
        }

        // Of n balls in m boxes, m (1 - e^(-n/m)) boxes have one.
        var expected = Rows * (1 - Math.Exp(-(double)Tokens * Tokens / Rows));
        Assert.Equal(1, used.Count / expected, 0.01);
    }

    [Fact]
    public void A_text_begins_with_a_pair_of_no_token()
    {
        var random = TestRandom.Create(output);
        var tokens = Enumerable.Range(0, 20).Select(_ => random.Next(1, 1000)).ToArray();
        var pairs = new int[tokens.Length];
        PairHash.Rows(tokens, 5000, pairs);
        for (var t = 0; t < tokens.Length; t++)
            Assert.Equal(PairHash.RowOf(t == 0 ? 0 : tokens[t - 1], tokens[t], 5000), pairs[t]);
        Assert.NotEqual(PairHash.RowOf(1, 2, 5000), PairHash.RowOf(2, 1, 5000));
    }
}
