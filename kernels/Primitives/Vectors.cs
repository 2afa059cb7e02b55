using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuLstm.Kernels.Primitives;

/// <summary>
/// Loops of one thread over neighbouring elements, in a form of which a compiler for a processor makes vector instructions.
/// </summary>
internal static class Vectors
{
    /// <summary>Elements of a strip, a loop of known length: one or two vector registers.</summary>
    public const int Lanes = 16;

    /// <summary>
    /// <c>target[n] += Σ_k factors[k] matrix[k, n]</c>; four k at a time, so that target is read and written a fourth as often.
    /// </summary>
    /// <param name="target">Added to.</param>
    /// <param name="first">The target's first element.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="matrix">[factors, columns].</param>
    /// <param name="firstRow">The matrix's first element.</param>
    /// <param name="factors">One for each row of the matrix.</param>
    /// <param name="firstFactor">The first factor's element.</param>
    /// <param name="rows">How many factors.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProduct(
        ArrayView<float> target, int first, int columns, ArrayView<float> matrix, int firstRow, ArrayView<float> factors,
        int firstFactor, int rows)
    {
        for (var k = 0; k + 3 < rows; k += 4)
        {
            var row = firstRow + k * columns;
            AddFourRows(
                target, first, columns, matrix, row, row + columns, row + 2 * columns, row + 3 * columns,
                factors[firstFactor + k], factors[firstFactor + k + 1], factors[firstFactor + k + 2],
                factors[firstFactor + k + 3]);
        }

        for (var k = rows / 4 * 4; k < rows; k++)
        {
            var x = factors[firstFactor + k];
            for (var n = 0; n < columns; n++)
                target[first + n] += x * matrix[firstRow + k * columns + n];
        }
    }

    /// <summary>
    /// <c>target[n] += x matrix[a + n] + y matrix[b + n] + z matrix[c + n] + w matrix[d + n]</c> for n below
    /// <paramref name="columns"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFourRows(
        ArrayView<float> target, int first, int columns, ArrayView<float> matrix, int a, int b, int c, int d, float x, float y,
        float z, float w)
    {
        for (var n = 0; n < columns; n++)
            target[first + n] += x * matrix[a + n] + y * matrix[b + n] + z * matrix[c + n] + w * matrix[d + n];
    }

    /// <summary>Multiplies elements by others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(ArrayView<float> target, int first, ArrayView<float> factors, int firstFactor, int count)
    {
        for (var n = 0; n < count; n++)
            target[first + n] *= factors[firstFactor + n];
    }

    /// <summary>Sets elements to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear(ArrayView<float> target, int first, int count) => Fill(target, first, count, 0f);

    /// <summary>Sets elements to a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill(ArrayView<float> target, int first, int count, float value)
    {
        for (var n = 0; n < count; n++)
            target[first + n] = value;
    }

    /// <summary>Copies elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ArrayView<float> target, int first, ArrayView<float> source, int firstSource, int count)
    {
        for (var n = 0; n < count; n++)
            target[first + n] = source[firstSource + n];
    }

    /// <summary>Adds elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<float> target, int first, ArrayView<float> source, int firstSource, int count)
    {
        for (var n = 0; n < count; n++)
            target[first + n] += source[firstSource + n];
    }

    /// <summary>σ of each element, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sigmoid(ArrayView<float> values, int first, int count)
    {
        for (var n = 0; n < count; n++)
            values[first + n] = DeviceMath.Sigmoid(values[first + n]);
    }

    /// <summary>tanh of each element, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Tanh(ArrayView<float> values, int first, int count)
    {
        for (var n = 0; n < count; n++)
            values[first + n] = DeviceMath.Tanh(values[first + n]);
    }

    /// <summary>The gates of units that lie side by side [lanes, 4] as a strip for each gate [4, lanes].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Separate(ArrayView<float> strips, ArrayView<float> gates, int lanes)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            strips[lane] = gates[4 * lane];
            strips[lanes + lane] = gates[4 * lane + 1];
            strips[2 * lanes + lane] = gates[4 * lane + 2];
            strips[3 * lanes + lane] = gates[4 * lane + 3];
        }
    }

    /// <summary>The reverse of <see cref="Separate"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Interleave(ArrayView<float> gates, ArrayView<float> strips, int lanes)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            gates[4 * lane] = strips[lane];
            gates[4 * lane + 1] = strips[lanes + lane];
            gates[4 * lane + 2] = strips[2 * lanes + lane];
            gates[4 * lane + 3] = strips[3 * lanes + lane];
        }
    }
}
