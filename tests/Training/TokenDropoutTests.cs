using GpuLstm.Data;
using GpuLstm.Training;

namespace GpuLstm.Tests.Training;

public sealed class TokenDropoutTests
{
    private const int Unknown = 9;
    private static readonly TokenMatrix Rows = new(
        [.. Enumerable.Range(0, 200 * 30).Select(n => 1 + n % 8)], [.. Enumerable.Range(0, 200).Select(row => row % 31)],
        new int[200], 30);

    [Fact]
    public void A_share_of_the_tokens_is_unknown_and_the_others_stay()
    {
        var dropped = new TokenDropout(0.25, seed: 3, Unknown).Of(Rows, epoch: 1);
        Assert.Equal((Rows.Lengths, Rows.Labels, Rows.Steps), (dropped.Lengths, dropped.Labels, dropped.Steps));
        var pairs = Enumerable.Range(0, 200)
            .SelectMany(row => Rows.TokensOf(row).ToArray().Zip(dropped.TokensOf(row).ToArray()))
            .ToList();
        Assert.Equal(Rows.Lengths.Sum(), pairs.Count);
        Assert.All(pairs, pair => Assert.True(pair.Second == pair.First || pair.Second == Unknown));
        var share = pairs.Average(pair => pair.Second == Unknown ? 1.0 : 0);
        Assert.Equal(0.25, share, 5 * Math.Sqrt(0.25 * 0.75 / pairs.Count));
    }

    [Fact]
    public void Each_epoch_draws_its_own_and_again_the_same()
    {
        var dropout = new TokenDropout(0.25, seed: 3, Unknown);
        Assert.Equal(Tokens(dropout.Of(Rows, 2)), Tokens(new TokenDropout(0.25, seed: 3, Unknown).Of(Rows, 2)));
        Assert.NotEqual(Tokens(dropout.Of(Rows, 2)), Tokens(dropout.Of(Rows, 3)));
        Assert.NotEqual(Tokens(dropout.Of(Rows, 2)), Tokens(new TokenDropout(0.25, seed: 4, Unknown).Of(Rows, 2)));
    }

    private static int[] Tokens(TokenMatrix rows) =>
        [.. Enumerable.Range(0, rows.Rows).SelectMany(row => rows.TokensOf(row).ToArray())];
}
