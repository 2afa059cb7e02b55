namespace GpuLstm.Data;

/// <summary>The rows of a train/test split.</summary>
/// <param name="Train">Row numbers to train on.</param>
/// <param name="Test">Row numbers to test on.</param>
public sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>The least limit of two classes: a row of each in each part.</summary>
    public const int MinLimit = 4;

    /// <summary>
    /// 80 / 20, exactly as scikit-learn's <c>train_test_split(test_size=0.2, random_state=42)</c>: of a random order
    /// the first ⌈0.2 n⌉ rows are for testing, the next ⌊0.8 n⌋ for training, both in this order.
    /// </summary>
    public static TrainTestSplit Of(int rows)
    {
        var order = new NumpyRandom(42).Permutation(rows);
        var test = (rows + 4) / 5;
        return new TrainTestSplit(order[test..], order[..test]);
    }

    /// <summary>
    /// 80 / 20, where rows of a group stay together: groups are taken for testing in a random order until they have ⌈0.2 n⌉ rows.
    /// One with which they would have half as many again is passed over.
    /// </summary>
    /// <param name="groups">The group of each row [N], numbered from 0 in order of appearance.</param>
    /// <exception cref="UserErrorException">There are fewer than two groups.</exception>
    public static TrainTestSplit OfGroups(IReadOnlyList<int> groups)
    {
        var rowsOf = Enumerable.Range(0, groups.Count).ToLookup(row => groups[row]);
        if (rowsOf.Count < 2)
        {
            throw new UserErrorException(
                $"the rows cannot be split into training and test rows by {Setting.GroupColumn}: all are of one group; leave it "
                + $"out, or say none");
        }

        var (test, train, testRows, wanted) = (new List<int>(), new List<int>(), 0, (groups.Count + 4) / 5);
        foreach (var group in new NumpyRandom(42).Permutation(rowsOf.Count))
        {
            var rows = rowsOf[group].Count();
            var isTest = testRows < wanted && testRows + rows <= wanted + wanted / 2;
            (isTest ? test : train).Add(group);
            testRows += isTest ? rows : 0;
        }

        if (test.Count == 0) // a few large ones
        {
            test.Add(train.MinBy(group => rowsOf[group].Count()));
            train.Remove(test[0]);
        }

        return new TrainTestSplit([.. train.SelectMany(group => rowsOf[group])], [.. test.SelectMany(group => rowsOf[group])]);
    }

    /// <summary>Rejects a limit that is too small for a row of each class in each part.</summary>
    /// <param name="limit">The limit; null for none.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="UserErrorException">It is.</exception>
    public static void CheckLimit(int? limit, int classes = 2)
    {
        if (limit < 2 * classes)
            throw new UserErrorException($"{Setting.Limit} {limit} is out of range: give a whole number from {2 * classes}");
    }

    /// <summary>
    /// Some of the rows of this split: each stays in its part, and both parts keep their shares of the classes. A limit that all
    /// rows are within changes nothing; otherwise the rows of each part come in the file's order.
    /// </summary>
    /// <param name="labels">The class of each row, by number.</param>
    /// <param name="limit">How many rows to keep, two for each class at least; null for all.</param>
    /// <param name="seed">What the draw starts from.</param>
    public TrainTestSplit Limited(IReadOnlyList<int> labels, int? limit, uint seed = StratifiedSample.DefaultSeed)
    {
        if (limit is not { } count || count >= labels.Count)
            return this;
        var classes = labels.Max() + 1;
        int[][] groups =
        [
            .. Enumerable.Range(0, classes).Select(label => Rows(Train, label)),
            .. Enumerable.Range(0, classes).Select(label => Rows(Test, label)),
        ];
        var drawn = StratifiedSample.Draw(groups, count, seed);
        return new TrainTestSplit(
            [.. drawn[..classes].SelectMany(rows => rows).Order()], [.. drawn[classes..].SelectMany(rows => rows).Order()]);

        int[] Rows(int[] part, int label) => [.. part.Where(row => labels[row] == label).Order()];
    }
}
