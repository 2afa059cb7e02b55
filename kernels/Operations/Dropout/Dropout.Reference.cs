namespace GpuLstm.Kernels.Operations;

public static partial class Dropout
{
    /// <summary>The operation in double, element by element.</summary>
    public static class Reference
    {
        /// <param name="values">[T, B, columns].</param>
        /// <param name="mask">The factors.</param>
        /// <param name="places">[B].</param>
        /// <param name="columns">Columns of a row.</param>
        /// <returns>[T, B, columns].</returns>
        public static double[] EveryStep(double[] values, DropoutMask mask, int[] places, int columns) =>
        [
            .. from n in Enumerable.Range(0, values.Length)
               let position = n / columns
               select values[n] * mask.Factor(places[position % places.Length], position / places.Length, n % columns),
        ];

        /// <param name="values">[T, B, columns].</param>
        /// <param name="mask">The factors.</param>
        /// <param name="places">[B].</param>
        /// <param name="lengths">[B].</param>
        /// <param name="columns">Columns of a row.</param>
        /// <returns>[B, columns].</returns>
        public static double[] LastSteps(
            double[] values, DropoutMask mask, int[] places, int[] lengths, int columns) =>
        [
            .. from row in Enumerable.Range(0, lengths.Length)
               from column in Enumerable.Range(0, columns)
               let position = (lengths[row] - 1) * lengths.Length + row
               select lengths[row] == 0 ? 0 : values[position * columns + column] * mask.Factor(places[row], 0, column),
        ];

        /// <param name="values">[rows, columns].</param>
        /// <param name="mask">The factors.</param>
        /// <param name="listed">Which rows.</param>
        /// <param name="columns">Columns of a row.</param>
        /// <returns>[rows, columns]; NaN where a row is not in the list.</returns>
        public static double[] ListedRows(double[] values, DropoutMask mask, int[] listed, int columns) =>
        [
            .. values.Select((value, n) =>
                listed.Contains(n / columns) ? value * mask.Factor(n / columns, 0, n % columns) : double.NaN),
        ];
    }
}
