namespace GpuLstm.Kernels.Operations;

public static partial class Pooling
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="features">[T, B, F].</param>
        /// <param name="lengths">[B].</param>
        /// <param name="featureCount">Features F.</param>
        /// <param name="kind">What is pooled.</param>
        /// <returns>[B, R].</returns>
        public static double[] Forward(double[] features, int[] lengths, int featureCount, PoolingKind kind) =>
        [
            .. from row in Enumerable.Range(0, lengths.Length)
               from isMax in Parts(kind)
               from feature in Enumerable.Range(0, featureCount)
               let values = ValuesOf(features, lengths, featureCount, row, feature)
               select values.Length == 0 ? 0 : isMax ? values.Max() : values.Average(),
        ];

        /// <param name="features">[T, B, F].</param>
        /// <param name="lengths">[B].</param>
        /// <param name="featureCount">Features F.</param>
        /// <param name="kind">What is pooled.</param>
        /// <param name="gradient">Of what is pooled [B, R].</param>
        /// <returns>Of the features [T, B, F].</returns>
        public static double[] Backward(
            double[] features, int[] lengths, int featureCount, PoolingKind kind, double[] gradient)
        {
            var ofFeatures = new double[features.Length];
            var next = 0;
            for (var row = 0; row < lengths.Length; row++)
            {
                foreach (var isMax in Parts(kind))
                {
                    for (var feature = 0; feature < featureCount; feature++, next++)
                    {
                        var values = ValuesOf(features, lengths, featureCount, row, feature);
                        var max = isMax && values.Length > 0 ? Array.IndexOf(values, values.Max()) : -1;
                        for (var t = 0; t < values.Length; t++)
                        {
                            ofFeatures[(t * lengths.Length + row) * featureCount + feature] +=
                                !isMax ? gradient[next] / values.Length : t == max ? gradient[next] : 0;
                        }
                    }
                }
            }

            return ofFeatures;
        }

        // Whether each part of what is pooled is the largest values.
        private static bool[] Parts(PoolingKind kind) => kind switch
        {
            PoolingKind.Mean => [false],
            PoolingKind.Max => [true],
            _ => [false, true],
        };

        private static double[] ValuesOf(double[] features, int[] lengths, int featureCount, int row, int feature) =>
            [.. Enumerable.Range(0, lengths[row]).Select(t => features[(t * lengths.Length + row) * featureCount + feature])];
    }
}
