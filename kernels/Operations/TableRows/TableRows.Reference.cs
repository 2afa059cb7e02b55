namespace GpuLstm.Kernels.Operations;

public static partial class TableRows
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="table">[R, K, C].</param>
        /// <param name="numbers">Which rows of it [U].</param>
        /// <param name="columns">Numbers of a part C.</param>
        /// <param name="parts">Parts of a row K.</param>
        /// <param name="part">Which of them.</param>
        /// <returns>[U, C].</returns>
        public static double[] Fetch(double[] table, int[] numbers, int columns, int parts, int part) =>
            [.. numbers.SelectMany(number => table.Skip((number * parts + part) * columns).Take(columns))];

        /// <summary>The table with some rows replaced; the other arguments as in <see cref="Fetch"/>.</summary>
        /// <param name="table">Stays as it is.</param>
        /// <param name="rows">[U, C].</param>
        /// <param name="numbers">[U].</param>
        /// <param name="columns">Numbers of a part.</param>
        /// <param name="parts">Parts of a row.</param>
        /// <param name="part">Which of them.</param>
        public static double[] PutBack(double[] table, double[] rows, int[] numbers, int columns, int parts, int part)
        {
            var changed = (double[])table.Clone();
            foreach (var (row, number) in numbers.Index())
                Array.Copy(rows, row * columns, changed, (number * parts + part) * columns, columns);
            return changed;
        }
    }
}
