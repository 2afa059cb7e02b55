namespace GpuLstm.Data;

/// <summary>
/// Draws some of the rows of groups, of each group about the same share, and of every group that has rows one at least.
/// </summary>
internal static class StratifiedSample
{
    /// <summary>
    /// What a training's draw starts from. It is not the training's own seed: two trainings with the same limit learn from the
    /// same rows.
    /// </summary>
    public const uint DefaultSeed = 42;

    /// <summary>
    /// Of each group its share of <paramref name="limit"/> rows, by largest remainder; drawn by one stream of random numbers,
    /// group after group.
    /// </summary>
    /// <param name="groups">The rows of each group, in an order that means something to the caller.</param>
    /// <param name="limit">How many rows in all: as many as there are groups at least, and fewer than there are rows.</param>
    /// <param name="seed">What the draw starts from.</param>
    /// <returns>The rows drawn from each group, in the order in which they stood there.</returns>
    public static int[][] Draw(IReadOnlyList<int[]> groups, int limit, uint seed)
    {
        var random = new NumpyRandom(seed);
        var counts = Shares([.. groups.Select(group => group.Length)], limit);
        return
        [
            .. groups.Select(
                (group, g) => random.Permutation(group.Length)[..counts[g]].Order().Select(place => group[place]).ToArray()),
        ];
    }

    private static int[] Shares(int[] sizes, int limit)
    {
        var total = sizes.Sum(size => (long)size);
        int[] shares = [.. sizes.Select(size => (int)((long)size * limit / total))];
        // equal ones in the groups' order
        var byRemainder = Enumerable.Range(0, sizes.Length).OrderByDescending(g => (long)sizes[g] * limit % total);
        foreach (var g in byRemainder.Take(limit - shares.Sum()))
            shares[g]++;
        for (var g = 0; g < sizes.Length; g++)
        {
            if (shares[g] > 0 || sizes[g] == 0)
                continue;
            shares[g] = 1;
            shares[Array.IndexOf(shares, shares.Max())]--;
        }

        return shares;
    }
}
