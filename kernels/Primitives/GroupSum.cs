using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>Sums over the threads of a group, by halves: the same order each time.</summary>
internal static class GroupSum
{
    /// <summary>Threads of a group that sums: a power of two.</summary>
    public const int MaxThreads = 64;

    /// <summary>The sum of all threads' values, in every thread. Every thread of the group must call it.</summary>
    /// <param name="shared">Shared memory, an element a thread.</param>
    /// <param name="value">The thread's own.</param>
    public static float Of(ArrayView<float> shared, float value)
    {
        var thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (thread < half)
                shared[thread] += shared[thread + half];
            Group.Barrier();
        }

        return shared[0];
    }

    /// <summary>The largest of all threads' values, likewise.</summary>
    /// <param name="shared">Shared memory, an element a thread; to be used again only behind a barrier.</param>
    /// <param name="value">The thread's own.</param>
    public static float MaxOf(ArrayView<float> shared, float value)
    {
        var thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (thread < half && shared[thread + half] > shared[thread])
                shared[thread] = shared[thread + half];
            Group.Barrier();
        }

        return shared[0];
    }
}
