namespace GpuLstm.Kernels.Operations;

public static partial class EmbeddingLookup
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="table">[R, C].</param>
        /// <param name="rows">The row each position looks up [P].</param>
        /// <param name="columns">C.</param>
        /// <returns>The looked-up rows [P, C].</returns>
        public static double[] Forward(double[] table, int[] rows, int columns) =>
            [.. rows.SelectMany(row => table.Skip(row * columns).Take(columns))];

        /// <param name="outputGradient">[P, C].</param>
        /// <param name="rows">The row each position looked up [P]; a negative one looked up nothing.</param>
        /// <param name="tableRows">R.</param>
        /// <param name="columns">C.</param>
        /// <returns>Gradient of the table [R, C].</returns>
        public static double[] Backward(double[] outputGradient, int[] rows, int tableRows, int columns)
        {
            var tableGradient = new double[tableRows * columns];
            for (var p = 0; p < rows.Length; p++)
            {
                for (var c = 0; rows[p] >= 0 && c < columns; c++)
                    tableGradient[rows[p] * columns + c] += outputGradient[p * columns + c];
            }

            return tableGradient;
        }
    }
}
