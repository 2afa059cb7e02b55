using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

public static partial class GateTable
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="embedding">[V, E].</param>
        /// <param name="inputWeights">[4H, E].</param>
        /// <param name="inputBias">[4H].</param>
        /// <param name="recurrentBias">[4H].</param>
        /// <param name="slotTokens">[U].</param>
        /// <returns>The gate table [U, H, 4].</returns>
        public static double[] Forward(
            double[] embedding, double[] inputWeights, double[] inputBias, double[] recurrentBias, int[] slotTokens)
        {
            var gateRows = inputBias.Length;
            var width = inputWeights.Length / gateRows;
            var table = new double[slotTokens.Length * gateRows];
            for (var u = 0; u < slotTokens.Length; u++)
            {
                for (var column = 0; column < gateRows; column++)
                {
                    var gate = UnitGates.StackedRow(column, gateRows / 4);
                    var sum = inputBias[gate] + recurrentBias[gate];
                    for (var e = 0; e < width; e++)
                        sum += inputWeights[gate * width + e] * embedding[slotTokens[u] * width + e];
                    table[u * gateRows + column] = sum;
                }
            }

            return table;
        }

        /// <param name="tableGradient">[U, H, 4].</param>
        /// <param name="embedding">[V, E].</param>
        /// <param name="inputWeights">[4H, E].</param>
        /// <param name="slotTokens">[U], distinct.</param>
        /// <param name="gateRows">Rows of the weights, 4H.</param>
        /// <returns>Gradients of the embedding [V, E], the input weights [4H, E] and each of the biases [4H].</returns>
        public static (double[] Embedding, double[] InputWeights, double[] Bias) Backward(
            double[] tableGradient, double[] embedding, double[] inputWeights, int[] slotTokens, int gateRows)
        {
            var width = inputWeights.Length / gateRows;
            var embeddingGradient = new double[embedding.Length];
            var weightGradient = new double[inputWeights.Length];
            var biasGradient = new double[gateRows];
            for (var u = 0; u < slotTokens.Length; u++)
            {
                for (var column = 0; column < gateRows; column++)
                {
                    var gate = UnitGates.StackedRow(column, gateRows / 4);
                    var gradient = tableGradient[u * gateRows + column];
                    biasGradient[gate] += gradient;
                    for (var e = 0; e < width; e++)
                    {
                        embeddingGradient[slotTokens[u] * width + e] += gradient * inputWeights[gate * width + e];
                        weightGradient[gate * width + e] += gradient * embedding[slotTokens[u] * width + e];
                    }
                }
            }

            return (embeddingGradient, weightGradient, biasGradient);
        }
    }
}
