namespace GpuLstm.Kernels.Operations;

public static partial class EmbeddingBag
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="table">[R, D].</param>
        /// <param name="rows">Those of a token, by their numbers.</param>
        /// <param name="columns">Columns of the table.</param>
        /// <returns>[D].</returns>
        public static double[] Mean(double[] table, int[] rows, int columns) =>
        [
            .. Enumerable.Range(0, columns).Select(
                column => rows.Sum(row => table[row * columns + column]) / Math.Max(1, rows.Length)),
        ];

        /// <summary>Adds a token's part to the table's gradient.</summary>
        /// <param name="meanGradient">Of its mean [D].</param>
        /// <param name="rows">Its rows.</param>
        /// <param name="gradient">[R, D].</param>
        public static void AddGradient(double[] meanGradient, int[] rows, double[] gradient)
        {
            foreach (var row in rows)
            {
                foreach (var (column, value) in meanGradient.Index())
                    gradient[row * meanGradient.Length + column] += value / rows.Length;
            }
        }
    }
}
