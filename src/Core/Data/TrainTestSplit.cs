namespace GpuLstm.Data;

/// <summary>The rows of a train/test split.</summary>
/// <param name="Train">Row numbers to train on, in the split's order.</param>
/// <param name="Test">Row numbers to test on, in the split's order.</param>
public sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>
    /// 80 / 20, exactly as scikit-learn's <c>train_test_split(test_size=0.2, random_state=42)</c>: of a random order
    /// the first ⌈0.2 n⌉ rows are for testing, the next ⌊0.8 n⌋ for training.
    /// </summary>
    public static TrainTestSplit Of(int rows)
    {
        var order = new NumpyRandom(42).Permutation(rows);
        var test = (rows + 4) / 5;
        return new TrainTestSplit(order[test..], order[..test]);
    }
}
