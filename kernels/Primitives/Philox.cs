using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Primitives;

/// <summary>
/// Philox4x32-10, a random number generator without a state: four random words of 32 bits for each counter, in any order and on
/// any thread (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). Whole numbers only, so every device has the
/// same ones.
/// </summary>
internal struct Philox
{
    // The authors' numbers; the CPU engine has its own loop over several counters.
    internal const int Rounds = 10;
    internal const uint MultiplierX = 0xD2511F53;
    internal const uint MultiplierZ = 0xCD9E8D57;
    internal const uint KeyStepA = 0x9E3779B9;
    internal const uint KeyStepB = 0xBB67AE85;

    /// <summary>The first word.</summary>
    public uint X;

    /// <summary>The second.</summary>
    public uint Y;

    /// <summary>The third.</summary>
    public uint Z;

    /// <summary>The fourth.</summary>
    public uint W;

    /// <summary>The random words of a counter.</summary>
    /// <param name="counter">Four words that count.</param>
    /// <param name="keyA">The key's first word.</param>
    /// <param name="keyB">Its second.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Philox Of(Philox counter, uint keyA, uint keyB)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (x, z) = ((ulong)MultiplierX * counter.X, (ulong)MultiplierZ * counter.Z);
            counter = new Philox
            {
                X = (uint)(z >> 32) ^ counter.Y ^ keyA,
                Y = (uint)z,
                Z = (uint)(x >> 32) ^ counter.W ^ keyB,
                W = (uint)x,
            };
            keyA += KeyStepA;
            keyB += KeyStepB;
        }

        return counter;
    }
}
