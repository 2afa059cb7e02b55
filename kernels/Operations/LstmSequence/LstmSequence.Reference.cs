using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

public static partial class LstmSequence
{
    /// <summary>The operation in double, step by step from <see cref="LstmCell.Reference"/>.</summary>
    public static class Reference
    {
        /// <summary>
        /// What the forward pass leaves: activated gates [T, B, H, 4], cell and hidden states [T, B, H], zero behind a row's end.
        /// </summary>
        public sealed record States(double[] Gates, double[] Cell, double[] Hidden);

        /// <param name="table">[U, H, 4].</param>
        /// <param name="slots">[T, B].</param>
        /// <param name="lengths">[B].</param>
        /// <param name="recurrentWeights">[4H, H].</param>
        /// <param name="stateFactors">[B, H], or empty.</param>
        /// <param name="hiddenSize">Hidden units H.</param>
        public static States Forward(
            double[] table, int[] slots, int[] lengths, double[] recurrentWeights, double[] stateFactors, int hiddenSize)
        {
            var (rows, gateRows) = (lengths.Length, 4 * hiddenSize);
            var states = new States(
                new double[slots.Length * gateRows], new double[slots.Length * hiddenSize],
                new double[slots.Length * hiddenSize]);
            for (var b = 0; b < rows; b++)
            {
                var (cell, hidden) = (new double[hiddenSize], new double[hiddenSize]);
                for (var t = 0; t < lengths[b]; t++)
                {
                    var position = t * rows + b;
                    var gates = RowOf(table, slots[position], gateRows);
                    for (var r = 0; r < gateRows; r++)
                    {
                        for (var k = 0; k < hiddenSize; k++)
                            gates[r] += recurrentWeights[UnitGates.StackedRow(r, hiddenSize) * hiddenSize + k] * hidden[k];
                    }

                    (cell, hidden) = LstmCell.Reference.Forward(gates, cell);
                    Multiply(hidden, stateFactors, b * hiddenSize);
                    gates.CopyTo(states.Gates, position * gateRows);
                    cell.CopyTo(states.Cell, position * hiddenSize);
                    hidden.CopyTo(states.Hidden, position * hiddenSize);
                }
            }

            return states;
        }

        /// <param name="hiddenGradient">As <paramref name="incoming"/> says.</param>
        /// <param name="incoming">Where it comes in.</param>
        /// <param name="states">What <see cref="Forward"/> left; not changed.</param>
        /// <param name="lengths">[B].</param>
        /// <param name="recurrentWeights">[4H, H].</param>
        /// <param name="stateFactors">As in <see cref="Forward"/>.</param>
        /// <param name="hiddenSize">Hidden units H.</param>
        /// <returns>Gradients of the gates' pre-activations [T, B, H, 4].</returns>
        public static double[] Backward(
            double[] hiddenGradient, IncomingGradient incoming, States states, int[] lengths, double[] recurrentWeights,
            double[] stateFactors, int hiddenSize)
        {
            var (rows, gateRows) = (lengths.Length, 4 * hiddenSize);
            var gateGradients = new double[states.Gates.Length];
            for (var b = 0; b < rows; b++)
            {
                var ofState = incoming == IncomingGradient.AtEveryStep
                    ? new double[hiddenSize]
                    : RowOf(hiddenGradient, b, hiddenSize);
                var cellGradient = new double[hiddenSize];
                for (var t = lengths[b] - 1; t >= 0; t--)
                {
                    var position = t * rows + b;
                    var gates = RowOf(states.Gates, position, gateRows);
                    var previousCell = t == 0
                        ? new double[hiddenSize]
                        : RowOf(states.Cell, position - rows, hiddenSize);
                    var cell = RowOf(states.Cell, position, hiddenSize);
                    for (var k = 0; k < hiddenSize && incoming == IncomingGradient.AtEveryStep; k++)
                        ofState[k] += hiddenGradient[position * hiddenSize + k];
                    Multiply(ofState, stateFactors, b * hiddenSize);
                    LstmCell.Reference.Backward(gates, previousCell, cell, ofState, cellGradient);
                    gates.CopyTo(gateGradients, position * gateRows);
                    ofState = new double[hiddenSize];
                    for (var r = 0; r < gateRows; r++)
                    {
                        for (var k = 0; k < hiddenSize; k++)
                        {
                            ofState[k] += recurrentWeights[
                                UnitGates.StackedRow(r, hiddenSize) * hiddenSize + k] * gates[r];
                        }
                    }
                }
            }

            return gateGradients;
        }

        private static double[] RowOf(double[] rows, int row, int columns) => rows.AsSpan(row * columns, columns).ToArray();

        private static void Multiply(double[] states, double[] factors, int first)
        {
            for (var k = 0; k < states.Length && factors.Length > 0; k++)
                states[k] *= factors[first + k];
        }
    }
}
