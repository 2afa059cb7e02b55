using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>Sums over the threads of a group that come before each one.</summary>
internal static class PrefixSum
{
    /// <summary>
    /// The sum of the values of the group's threads before this one (Hillis and Steele 1986). Every thread of the group must call
    /// it.
    /// </summary>
    /// <param name="sums">Shared memory, an element a thread; to be used again only behind a barrier.</param>
    /// <param name="value">The thread's value.</param>
    public static int Before(ArrayView<int> sums, int value)
    {
        var thread = Group.IdxX;
        sums[thread] = value;
        Group.Barrier();
        for (var distance = 1; distance < Group.DimX; distance *= 2)
        {
            var sum = thread < distance ? 0 : sums[thread - distance];
            Group.Barrier();
            sums[thread] += sum;
            Group.Barrier();
        }

        return sums[thread] - value;
    }
}
