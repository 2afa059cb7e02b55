using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>
/// Sums of columns of which a group's threads have parts: these are added up by halves, the same order
/// each time. Threads lie as [parts, columns], in two dimensions of the group (y, x) with a power of two of parts, or in one with
/// any number.
/// </summary>
internal static class ColumnSum
{
    /// <summary>Threads of a group at most.</summary>
    public const int MaxThreads = 256;

    /// <summary>The sum of a column's parts, in every thread of it. Every thread of the group must call it.</summary>
    /// <param name="shared">Shared memory, an element a thread; to be used again only behind a barrier.</param>
    /// <param name="value">The thread's part.</param>
    public static float Of(ArrayView<float> shared, float value)
    {
        var place = Group.IdxY * Group.DimX + Group.IdxX;
        shared[place] = value;
        Group.Barrier();
        for (var half = Group.DimY / 2; half > 0; half /= 2)
        {
            if (Group.IdxY < half)
                shared[place] += shared[place + half * Group.DimX];
            Group.Barrier();
        }

        return shared[Group.IdxX];
    }

    /// <summary>
    /// The sum of a column's parts where the threads of a group lie as [parts, columns], any number of parts, in the threads of
    /// part 0. Every thread of the group must call it, those behind the last part too.
    /// </summary>
    /// <param name="shared">Shared memory, an element a thread; to be used again only behind a barrier.</param>
    /// <param name="value">The thread's part.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="parts">How many parts.</param>
    public static Quad Of(ArrayView<Quad> shared, Quad value, int columns, int parts)
    {
        var (thread, part) = (Group.IdxX, Group.IdxX / columns);
        shared[thread] = value;
        Group.Barrier();
        for (var left = parts; left > 1;)
        {
            var half = (left + 1) / 2;
            if (part + half < left)
                shared[thread].Add(shared[thread + half * columns]);
            Group.Barrier();
            left = half;
        }

        return shared[thread];
    }
}
