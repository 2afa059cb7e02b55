namespace GpuLstm.Kernels.Operations;

public static partial class SegmentSum
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="outputGradient">[P, stride].</param>
        /// <param name="rows">The row each position read [P]; a negative one read none.</param>
        /// <param name="tableRows">Rows of the table.</param>
        /// <param name="columns">Columns of the table.</param>
        /// <param name="stride">Those and others of a position's gradient.</param>
        /// <returns>Gradient of the table [table rows, columns].</returns>
        public static double[] Sum(double[] outputGradient, int[] rows, int tableRows, int columns, int stride)
        {
            var tableGradient = new double[tableRows * columns];
            for (var p = 0; p < rows.Length; p++)
            {
                for (var c = 0; rows[p] >= 0 && c < columns; c++)
                    tableGradient[rows[p] * columns + c] += outputGradient[p * stride + c];
            }

            return tableGradient;
        }
    }
}
