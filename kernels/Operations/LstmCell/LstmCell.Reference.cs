namespace GpuLstm.Kernels.Operations;

public static partial class LstmCell
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="gates">Pre-activations in, activated gates out [B, H, 4].</param>
        /// <param name="previousCell">[B, H].</param>
        /// <returns>Cell and hidden state after the step, both [B, H].</returns>
        public static (double[] Cell, double[] Hidden) Forward(double[] gates, double[] previousCell)
        {
            var cell = new double[previousCell.Length];
            var hidden = new double[previousCell.Length];
            for (var index = 0; index < cell.Length; index++)
            {
                var (i, f, g, o) = GateIndices(index);
                gates[i] = Sigmoid(gates[i]);
                gates[f] = Sigmoid(gates[f]);
                gates[g] = Math.Tanh(gates[g]);
                gates[o] = Sigmoid(gates[o]);
                cell[index] = gates[f] * previousCell[index] + gates[i] * gates[g];
                hidden[index] = gates[o] * Math.Tanh(cell[index]);
            }

            return (cell, hidden);
        }

        /// <param name="gates">Activated gates in, gradients of the pre-activations out [B, H, 4].</param>
        /// <param name="previousCell">[B, H].</param>
        /// <param name="cell">[B, H].</param>
        /// <param name="hiddenGradient">[B, H].</param>
        /// <param name="cellGradient">After the step in, before the step out [B, H].</param>
        public static void Backward(
            double[] gates, double[] previousCell, double[] cell, double[] hiddenGradient, double[] cellGradient)
        {
            for (var index = 0; index < cell.Length; index++)
            {
                var (i, f, g, o) = GateIndices(index);
                var (input, forget, candidate, output) = (gates[i], gates[f], gates[g], gates[o]);
                var tanhCell = Math.Tanh(cell[index]);
                var total = cellGradient[index] + hiddenGradient[index] * output * (1 - tanhCell * tanhCell);
                gates[i] = total * candidate * input * (1 - input);
                gates[f] = total * previousCell[index] * forget * (1 - forget);
                gates[g] = total * input * (1 - candidate * candidate);
                gates[o] = hiddenGradient[index] * tanhCell * output * (1 - output);
                cellGradient[index] = total * forget;
            }
        }

        internal static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

        private static (int I, int F, int G, int O) GateIndices(int index) =>
            (4 * index, 4 * index + 1, 4 * index + 2, 4 * index + 3);
    }
}
