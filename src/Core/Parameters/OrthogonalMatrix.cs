using System.Numerics.Tensors;
using GpuLstm.Data;

namespace GpuLstm.Parameters;

/// <summary>Draws orthogonal matrices, all with the same density.</summary>
internal static class OrthogonalMatrix
{
    /// <summary>Rows of length 1 at right angles to each other [size, size].</summary>
    /// <remarks>
    /// Normally distributed rows, of each of which what it has in common with those before it is taken away: twice, for the first
    /// time leaves rounding (modified Gram-Schmidt).
    /// </remarks>
    public static double[] Draw(int size, NumpyRandom random)
    {
        var matrix = new double[size * size];
        for (var row = 0; row < size; row++)
        {
            var values = Row(matrix, row);
            foreach (ref var value in values)
                value = random.NextGaussian();
            for (var other = 0; other < 2 * row; other++)
            {
                var before = Row(matrix, other % row);
                TensorPrimitives.MultiplyAdd(before, -TensorPrimitives.Dot<double>(before, values), values, values);
            }

            TensorPrimitives.Divide(values, TensorPrimitives.Norm<double>(values), values);
        }

        return matrix;

        Span<double> Row(double[] all, int row) => all.AsSpan(row * size, size);
    }
}
