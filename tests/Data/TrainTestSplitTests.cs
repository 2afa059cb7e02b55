using CsCheck;
using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

public sealed class TrainTestSplitTests
{
    private static readonly Gen<int[]> Labels = Gen.Int[0, 1].Array[30, 300];

    [Fact]
    public void Is_scikit_learns()
    {
        // np.random.RandomState(42).permutation(10) is 8 1 5 0 7 2 9 4 3 6
        var split = TrainTestSplit.Of(10);
        Assert.Equal([8, 1], split.Test);
        Assert.Equal([5, 0, 7, 2, 9, 4, 3, 6], split.Train);
    }

    [Fact]
    public void Rounds_as_scikit_learn_does() => Gen.Int[1, 100].Sample(rows =>
    {
        var split = TrainTestSplit.Of(rows);
        Assert.Equal((int)Math.Ceiling(rows / 5.0), split.Test.Length);
        Assert.Equal(new NumpyRandom(42).Permutation(rows), split.Test.Concat(split.Train));
    });

    [Fact]
    public void A_limit_draws_from_each_class_of_each_part() =>
        Gen.Select(Labels, Gen.Int[TrainTestSplit.MinLimit, 320]).Sample((labels, limit) =>
    {
        var whole = TrainTestSplit.Of(labels.Length);
        var limited = whole.Limited(labels, limit);
        Assert.Equal(Math.Min(limit, labels.Length), limited.Train.Length + limited.Test.Length);
        Check(whole.Train, limited.Train);
        Check(whole.Test, limited.Test);

        void Check(int[] all, int[] drawn)
        {
            Assert.Empty(drawn.Except(all)); // no row changes sides
            Assert.Equal(drawn.Distinct().Count(), drawn.Length);
            if (limit < labels.Length)
                Assert.Equal(drawn.Order(), drawn);
            for (var label = 0; label <= 1; label++)
            {
                var (of, among) = (all.Count(row => labels[row] == label), drawn.Count(row => labels[row] == label));
                var share = (double)of * Math.Min(limit, labels.Length) / labels.Length;
                Assert.InRange(among, of == 0 ? 0 : 1, of);
                if (limit >= 20)
                    // largest remainder, and what groups without any were given
                    Assert.InRange(among, share - 3.01, share + 2.01);
            }
        }
    });

    [Fact]
    public void Forty_rows_of_a_file_sorted_by_class_hold_both_in_both_parts()
    {
        var labels = Enumerable.Range(0, 1000).Select(row => row < 30 ? 1 : 0).ToArray();
        var split = TrainTestSplit.Of(1000).Limited(labels, 40);
        Assert.Equal(40, split.Train.Length + split.Test.Length);
        Assert.InRange(split.Test.Length, 8, 9);
        Assert.All([split.Train, split.Test], part => Assert.Equal(2, part.Select(row => labels[row]).Distinct().Count()));
    }

    /// <summary>
    /// The rows of a limit are a part of a model: what it was measured on can be found again. These were drawn by Python, as
    /// docs/reproducing.md tells.
    /// </summary>
    [Fact]
    public void The_rows_of_a_limit_are_always_the_same()
    {
        var labels = Enumerable.Range(0, 20).Select(row => row % 2).ToArray();
        var split = TrainTestSplit.Of(20).Limited(labels, 8);
        Assert.Equal([3, 4, 5, 11, 12, 16], split.Train);
        Assert.Equal([0, 1], split.Test);
        var other = TrainTestSplit.Of(20).Limited(labels, 8, seed: 7); // a model's own seed counts
        Assert.NotEqual(split.Train, other.Train);
    }

    [Fact]
    public void A_limit_is_four_at_least() => Assert.Equal(
        "limit 3 is out of range: give a whole number from 4",
        Assert.Throws<UserErrorException>(() => TrainTestSplit.CheckLimit(3)).Message);
}
