using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

public static partial class WeightGradient
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="gateGradients">[P, H, 4].</param>
        /// <param name="inputs">[P, inputs].</param>
        /// <param name="positions">Positions P.</param>
        /// <returns>The weight gradient [4H, inputs].</returns>
        public static double[] Backward(double[] gateGradients, double[] inputs, int positions)
        {
            var (gateRows, columns) = (gateGradients.Length / positions, inputs.Length / positions);
            var gradient = new double[gateRows * columns];
            for (var p = 0; p < positions; p++)
            {
                for (var index = 0; index < gradient.Length; index++)
                {
                    var row = UnitGates.StackedRow(index / columns, gateRows / 4);
                    gradient[row * columns + index % columns] +=
                        gateGradients[p * gateRows + index / columns] * inputs[p * columns + index % columns];
                }
            }

            return gradient;
        }
    }
}
