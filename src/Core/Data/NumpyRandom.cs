namespace GpuLstm.Data;

/// <summary>
/// NumPy's legacy <c>RandomState</c>: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) seeded by
/// <c>init_genrand</c>, with NumPy's ways of drawing from it, number for number. scikit-learn's splits depend on it.
/// </summary>
public sealed class NumpyRandom
{
    internal const int StateLength = 624;
    private const int Shift = 397;
    private readonly uint[] state = new uint[StateLength];
    private int next = StateLength;
    private double? spareGaussian;

    /// <param name="seed">As in <c>RandomState(seed)</c>.</param>
    public NumpyRandom(uint seed)
    {
        state[0] = seed;
        for (var i = 1; i < StateLength; i++)
            state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + (uint)i;
    }

    /// <summary>Where the stream of numbers is; another generator with this state goes on as this one.</summary>
    public GeneratorState State
    {
        get => new([.. state], next, spareGaussian);
        set
        {
            if (!value.IsValid)
                throw new ArgumentException("this is no state of a generator", nameof(value));
            value.Words.CopyTo(state, 0);
            (next, spareGaussian) = (value.Next, value.SpareGaussian);
        }
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        if (next == StateLength)
            Twist();
        var y = state[next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    /// <summary>Uniform in [0, 1) with 53 bits, as <c>random_sample</c>.</summary>
    public double NextDouble()
    {
        var (high, low) = (NextUInt32() >> 5, NextUInt32() >> 6);
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    /// <summary>Standard normal by the polar method, as <c>randn</c>: values come in pairs, the second is kept.</summary>
    public double NextGaussian()
    {
        if (spareGaussian is { } spare)
        {
            spareGaussian = null;
            return spare;
        }

        double x1, x2, r2;
        do
        {
            x1 = 2 * NextDouble() - 1;
            x2 = 2 * NextDouble() - 1;
            r2 = x1 * x1 + x2 * x2;
        }
        while (r2 is >= 1 or 0);
        var factor = Math.Sqrt(-2 * Math.Log(r2) / r2);
        spareGaussian = factor * x1;
        return factor * x2;
    }

    /// <summary>Uniform in [0, below) by masked rejection, as the legacy <c>shuffle</c> draws.</summary>
    public int NextBelow(int below)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(below);
        var most = (uint)(below - 1);
        if (most == 0)
            return 0;
        var mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(most);
        uint drawn;
        do
        {
            drawn = NextUInt32() & mask;
        }
        while (drawn > most);
        return (int)drawn;
    }

    /// <summary>A random order of 0 … n - 1, as <c>permutation(n)</c>.</summary>
    public int[] Permutation(int n)
    {
        var order = Enumerable.Range(0, n).ToArray();
        for (var k = n - 1; k > 0; k--)
        {
            var j = NextBelow(k + 1);
            (order[k], order[j]) = (order[j], order[k]);
        }

        return order;
    }

    private void Twist()
    {
        for (var i = 0; i < StateLength; i++)
        {
            var y = (state[i] & 0x80000000u) | (state[(i + 1) % StateLength] & 0x7fffffffu);
            state[i] = state[(i + Shift) % StateLength] ^ (y >> 1) ^ ((y & 1) == 0 ? 0u : 0x9908b0dfu);
        }

        next = 0;
    }
}
