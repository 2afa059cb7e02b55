namespace GpuLstm.Kernels.Operations;

public static partial class ClassifierHead
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="lastHidden">[B, H].</param>
        /// <param name="labels">[B].</param>
        /// <param name="weights">[1, H].</param>
        /// <param name="bias">The bias.</param>
        /// <returns>Logits [B], losses of the rows [B], and how many rows are classified right.</returns>
        public static (double[] Logits, double[] RowLosses, int Correct) Forward(
            double[] lastHidden, int[] labels, double[] weights, double bias)
        {
            var logits = new double[labels.Length];
            var losses = new double[labels.Length];
            for (var b = 0; b < labels.Length; b++)
            {
                logits[b] = bias;
                for (var k = 0; k < weights.Length; k++)
                    logits[b] += weights[k] * lastHidden[b * weights.Length + k];
                losses[b] = Math.Max(logits[b], 0) - logits[b] * labels[b] + Math.Log(1 + Math.Exp(-Math.Abs(logits[b])));
            }

            return (logits, losses, logits.Zip(labels).Count(row => row.First > 0 == row.Second > 0));
        }

        /// <param name="lastHidden">[B, H].</param>
        /// <param name="labels">[B].</param>
        /// <param name="weights">[1, H].</param>
        /// <param name="logits">[B].</param>
        /// <returns>Gradients of the last hidden states [B, H], the weights [1, H] and the bias.</returns>
        public static (double[] LastHidden, double[] Weights, double Bias) Backward(
            double[] lastHidden, int[] labels, double[] weights, double[] logits)
        {
            var hiddenGradient = new double[lastHidden.Length];
            var weightGradient = new double[weights.Length];
            var biasGradient = 0.0;
            for (var b = 0; b < labels.Length; b++)
            {
                var (yes, no) = (LstmCell.Reference.Sigmoid(logits[b]), LstmCell.Reference.Sigmoid(-logits[b]));
                var logitGradient = ((1 - labels[b]) * yes - labels[b] * no) / labels.Length; // σ(z) - y
                biasGradient += logitGradient;
                for (var k = 0; k < weights.Length; k++)
                {
                    hiddenGradient[b * weights.Length + k] = logitGradient * weights[k];
                    weightGradient[k] += logitGradient * lastHidden[b * weights.Length + k];
                }
            }

            return (hiddenGradient, weightGradient, biasGradient);
        }
    }
}
