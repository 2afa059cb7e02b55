using GpuLstm.Data;

namespace GpuLstm.TweetGenerator;

/// <summary>The draws that putting texts together needs.</summary>
internal sealed class PhrasePicker(NumpyRandom random)
{
    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => random.NextDouble() < probability;

    /// <summary>A whole number, both bounds included.</summary>
    public int Between(int min, int max) => min + random.NextBelow(max - min + 1);

    /// <summary>One of the items, each as probable as the others.</summary>
    public T Pick<T>(T[] items) => items[random.NextBelow(items.Length)];
}
