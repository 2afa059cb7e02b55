using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>Loads of what may lie outside.</summary>
internal static class Guarded
{
    /// <summary>An element, or 0; without a branch, so that a thread's loads are on their way together.</summary>
    /// <param name="values">Not empty.</param>
    /// <param name="index">Which element.</param>
    /// <param name="inside">Whether there is one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Element(ArrayView<float> values, int index, bool inside)
    {
        var value = values[inside ? index : 0];
        return inside ? value : 0f;
    }
}
