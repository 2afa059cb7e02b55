namespace GpuLstm.Kernels.Operations;

public static partial class Attention
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="features">[T, B, F].</param>
        /// <param name="lengths">[B].</param>
        /// <param name="weights">[F].</param>
        /// <returns>Each step's weight [T, B], and what is pooled [B, F].</returns>
        public static (double[] StepWeights, double[] Pooled) Forward(double[] features, int[] lengths, double[] weights)
        {
            var (rows, count) = (lengths.Length, weights.Length);
            var (stepWeights, pooled) = (new double[features.Length / count], new double[rows * count]);
            for (var row = 0; row < rows; row++)
            {
                var scores = Enumerable.Range(0, lengths[row])
                    .Select(t => Enumerable.Range(0, count).Sum(n => weights[n] * features[(t * rows + row) * count + n]))
                    .ToArray();
                var exponentials = Array.ConvertAll(scores, score => Math.Exp(score - scores.Max()));
                for (var t = 0; t < scores.Length; t++)
                {
                    stepWeights[t * rows + row] = exponentials[t] / exponentials.Sum();
                    for (var n = 0; n < count; n++)
                        pooled[row * count + n] += stepWeights[t * rows + row] * features[(t * rows + row) * count + n];
                }
            }

            return (stepWeights, pooled);
        }

        /// <param name="features">[T, B, F].</param>
        /// <param name="lengths">[B].</param>
        /// <param name="weights">[F].</param>
        /// <param name="stepWeights">From <see cref="Forward"/> [T, B].</param>
        /// <param name="gradient">Of what is pooled [B, F].</param>
        /// <returns>Gradients of the scores [T, B], the features [T, B, F] and the weights [F].</returns>
        public static (double[] Scores, double[] Features, double[] Weights) Backward(
            double[] features, int[] lengths, double[] weights, double[] stepWeights, double[] gradient)
        {
            var (rows, count) = (lengths.Length, weights.Length);
            var (ofScores, ofFeatures, ofWeights) =
                (new double[stepWeights.Length], new double[features.Length], new double[count]);
            for (var row = 0; row < rows; row++)
            {
                var slopes = Enumerable.Range(0, lengths[row])
                    .Select(t => Enumerable.Range(0, count)
                        .Sum(n => gradient[row * count + n] * features[(t * rows + row) * count + n]))
                    .ToArray();
                var mean = slopes.Select((slope, t) => stepWeights[t * rows + row] * slope).Sum();
                for (var t = 0; t < slopes.Length; t++)
                {
                    var position = t * rows + row;
                    ofScores[position] = stepWeights[position] * (slopes[t] - mean);
                    for (var n = 0; n < count; n++)
                    {
                        ofFeatures[position * count + n] =
                            stepWeights[position] * gradient[row * count + n] + ofScores[position] * weights[n];
                        ofWeights[n] += ofScores[position] * features[position * count + n];
                    }
                }
            }

            return (ofScores, ofFeatures, ofWeights);
        }
    }
}
