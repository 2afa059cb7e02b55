using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;

namespace GpuLstm.Kernels.Operations;

// Both halves as matrix products, for the variants that bring tiles into shared memory.
public static partial class GateTable
{
    /// <summary>The table [H, U]: four rows of the weights for a unit, by the inputs of a slot.</summary>
    internal struct TableProduct : IQuadProduct<ForwardArguments>
    {
        public readonly bool IsLeftAlongInputs => true;

        public readonly bool IsRightAlongInputs => true;

        public readonly int Quads(ForwardArguments a) => a.HiddenSize;

        public readonly int Columns(ForwardArguments a) => a.SlotCount[0];

        public readonly int FirstInput(ForwardArguments a) => 0;

        public readonly int EndOfInputs(ForwardArguments a) => a.InputSize;

        public readonly Quad Left(ForwardArguments a, int input, int quad)
        {
            var (first, stride) = (quad * a.InputSize + input, a.HiddenSize * a.InputSize);
            return new Quad
            {
                X = a.InputWeights[first],
                Y = a.InputWeights[first + stride],
                Z = a.InputWeights[first + 2 * stride],
                W = a.InputWeights[first + 3 * stride],
            };
        }

        public readonly float Right(ForwardArguments a, int input, int column) =>
            a.Inputs[a.InputRows[column] * a.InputSize + input];

        public readonly void Store(ForwardArguments a, int quad, int column, Quad sum)
        {
            var (i, f, g, o) = (quad, a.HiddenSize + quad, 2 * a.HiddenSize + quad, 3 * a.HiddenSize + quad);
            a.Table[column * a.HiddenSize + quad] = new UnitGates
            {
                I = sum.X + (a.InputBias[i] + a.RecurrentBias[i]),
                F = sum.Y + (a.InputBias[f] + a.RecurrentBias[f]),
                G = sum.Z + (a.InputBias[g] + a.RecurrentBias[g]),
                O = sum.W + (a.InputBias[o] + a.RecurrentBias[o]),
            };
        }
    }

    /// <summary>
    /// The inputs' gradient [E, U]: four columns of the weights, by the gates' gradients of a slot. What it sums over are the
    /// gates [H, 4].
    /// </summary>
    internal struct InputGradientProduct<TDestination> : IQuadProduct<BackwardArguments>
        where TDestination : unmanaged, IDestination
    {
        public readonly bool IsLeftAlongInputs => false;

        public readonly bool IsRightAlongInputs => true;

        public readonly int Quads(BackwardArguments a) => QuadsOf(a.InputSize);

        public readonly int Columns(BackwardArguments a) => a.SlotCount[0];

        public readonly int FirstInput(BackwardArguments a) => 0;

        public readonly int EndOfInputs(BackwardArguments a) => 4 * a.HiddenSize;

        public readonly Quad Left(BackwardArguments a, int input, int quad)
        {
            var (row, column) = (UnitGates.StackedRow(input, a.HiddenSize) * a.InputSize, 4 * quad);
            return new Quad
            {
                X = a.InputWeights[row + column],
                Y = column + 1 < a.InputSize ? a.InputWeights[row + column + 1] : 0f,
                Z = column + 2 < a.InputSize ? a.InputWeights[row + column + 2] : 0f,
                W = column + 3 < a.InputSize ? a.InputWeights[row + column + 3] : 0f,
            };
        }

        public readonly float Right(BackwardArguments a, int input, int column) =>
            a.TableGradient.Cast<float>()[column * 4 * a.HiddenSize + input];

        public readonly void Store(BackwardArguments a, int quad, int column, Quad sum)
        {
            StoreOne(a, column, 4 * quad, sum.X);
            StoreOne(a, column, 4 * quad + 1, sum.Y);
            StoreOne(a, column, 4 * quad + 2, sum.Z);
            StoreOne(a, column, 4 * quad + 3, sum.W);
        }

        private static void StoreOne(BackwardArguments a, int slot, int inputColumn, float sum)
        {
            if (inputColumn < a.InputSize)
                StoreInputGradient<TDestination>(a, slot, inputColumn, sum);
        }
    }

    /// <summary>Quads of a row of the inputs.</summary>
    private static int QuadsOf(int inputSize) => (inputSize + 3) / 4;
}
