namespace GpuLstm.Kernels.Operations;

public static partial class ClassifierHead
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="lastHidden">[B, H].</param>
        /// <param name="labels">[B].</param>
        /// <param name="weights">[L, H].</param>
        /// <param name="bias">[L].</param>
        /// <param name="loss">The loss.</param>
        /// <param name="numbers">Its numbers.</param>
        /// <returns>Logits [B, L], losses of the rows [B], and how many rows are classified right.</returns>
        public static (double[] Logits, double[] RowLosses, int Correct) Forward(
            double[] lastHidden, int[] labels, double[] weights, double[] bias, Loss loss, LossNumbers numbers)
        {
            var (count, hiddenSize) = (bias.Length, weights.Length / bias.Length);
            var (logits, losses, correct) = (new double[labels.Length * count], new double[labels.Length], 0);
            for (var b = 0; b < labels.Length; b++)
            {
                var row = logits.AsSpan(b * count, count);
                for (var c = 0; c < count; c++)
                {
                    row[c] = bias[c];
                    for (var k = 0; k < hiddenSize; k++)
                        row[c] += weights[c * hiddenSize + k] * lastHidden[b * hiddenSize + k];
                }

                losses[b] = loss.InDouble(row, numbers.TargetsOf(labels[b])).Loss;
                correct += loss.Answer(Array.ConvertAll(row.ToArray(), logit => (float)logit)) == labels[b] ? 1 : 0;
            }

            return (logits, losses, correct);
        }

        /// <param name="lastHidden">[B, H].</param>
        /// <param name="labels">[B].</param>
        /// <param name="weights">[L, H].</param>
        /// <param name="logits">[B, L].</param>
        /// <param name="loss">The loss.</param>
        /// <param name="numbers">Its numbers.</param>
        /// <returns>Gradients of the last hidden states [B, H], the weights [L, H] and the bias [L].</returns>
        public static (double[] LastHidden, double[] Weights, double[] Bias) Backward(
            double[] lastHidden, int[] labels, double[] weights, double[] logits, Loss loss, LossNumbers numbers)
        {
            var (count, rowWeight) = (logits.Length / labels.Length, numbers.WeightOf(labels));
            var hiddenSize = weights.Length / count;
            var (hiddenGradient, weightGradient) = (new double[lastHidden.Length], new double[weights.Length]);
            var biasGradient = new double[count];
            for (var b = 0; b < labels.Length; b++)
            {
                var (_, gradient) = loss.InDouble(logits.AsSpan(b * count, count), numbers.TargetsOf(labels[b]));
                for (var c = 0; c < count; c++)
                {
                    biasGradient[c] += gradient[c] / rowWeight;
                    for (var k = 0; k < hiddenSize; k++)
                    {
                        hiddenGradient[b * hiddenSize + k] += gradient[c] / rowWeight * weights[c * hiddenSize + k];
                        weightGradient[c * hiddenSize + k] += gradient[c] / rowWeight * lastHidden[b * hiddenSize + k];
                    }
                }
            }

            return (hiddenGradient, weightGradient, biasGradient);
        }
    }
}
