using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A weight gradient as a sum of outer products over all positions, after the loop over the steps:
/// <c>dW[m, n] = Σ_p gates[p, m] inputs[p, n]</c>. It is a backward half; the forward halves are the recurrent product inside
/// <see cref="LstmSequence"/> and <see cref="GateTable"/>'s.
/// </summary>
/// <remarks>
/// A group computes a tile of the gradient from a slice of the positions: a thread has four gates of one unit by four
/// inputs, and shared memory holds <see cref="ChunkPositions"/> positions at a time. Then a thread adds up the slices of one
/// element from first to last: no atomics, and the same bits on every run.
/// </remarks>
public static partial class WeightGradient
{
    private const int ChunkPositions = 16;
    private const int LeastPositionsInSlice = 4 * ChunkPositions;
    private const int Groups = 128; // enough for a whole device, few enough that their sums are quickly added up

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Gradients of the gates' pre-activations [P, H].</summary>
        public ArrayView<UnitGates> GateGradients;

        /// <summary>The product's inputs [P, N]: hidden states, or the rows of the embedding [V, N].</summary>
        public ArrayView<float> Inputs;

        /// <summary>The embedding's row for each position [P]; of the input weights only.</summary>
        public ArrayView<int> InputRows;

        /// <summary>How many positions there really are [1], at most P; of the input weights only.</summary>
        public ArrayView<int> PositionCount;

        /// <summary>A sum for each slice, scratch of <see cref="ScratchLength"/> elements.</summary>
        public ArrayView<float> Partial;

        /// <summary>The weight gradient, written [4H, N].</summary>
        public ArrayView<float> Gradient;

        /// <summary>Gradient of the input bias, written [4H]; with the input weights only.</summary>
        public ArrayView<float> InputBiasGradient;

        /// <summary>Gradient of the recurrent bias, written [4H]: the same values; with the input weights only.</summary>
        public ArrayView<float> RecurrentBiasGradient;

        /// <summary>P.</summary>
        public int Positions;

        /// <summary>H.</summary>
        public int HiddenSize;

        /// <summary>N.</summary>
        public int InputSize;

        /// <summary>Positions of a slice; set by the launcher.</summary>
        internal int PositionsInSlice;

        /// <summary>Slices; set by the launcher.</summary>
        internal int Slices;
    }

    /// <summary>Whose gradient it is: where the inputs come from, and where the sums go.</summary>
    internal interface ITarget
    {
        /// <summary>Columns of the product.</summary>
        int Columns(Arguments a);

        /// <summary>Positions that count.</summary>
        int Positions(Arguments a);

        /// <summary>An input.</summary>
        float Input(Arguments a, int position, int column);

        /// <summary>Takes a sum.</summary>
        void Write(Arguments a, int row, int column, float sum);
    }

    /// <summary><c>lstm.weight_hh_l0</c>: inputs are hidden states.</summary>
    internal struct RecurrentWeights : ITarget
    {
        public readonly int Columns(Arguments a) => a.InputSize;

        public readonly int Positions(Arguments a) => a.Positions;

        public readonly float Input(Arguments a, int position, int column) => a.Inputs[position * a.InputSize + column];

        public readonly void Write(Arguments a, int row, int column, float sum) => a.Gradient[row * a.InputSize + column] = sum;
    }

    /// <summary><c>lstm.weight_ih_l0</c> and both biases, whose input is a column of ones behind the embedding's.</summary>
    internal struct InputWeightsAndBiases : ITarget
    {
        public readonly int Columns(Arguments a) => a.InputSize + 1;

        public readonly int Positions(Arguments a) => a.PositionCount[0];

        public readonly float Input(Arguments a, int position, int column) =>
            column < a.InputSize ? a.Inputs[a.InputRows[position] * a.InputSize + column] : 1f;

        public readonly void Write(Arguments a, int row, int column, float sum)
        {
            if (column < a.InputSize)
            {
                a.Gradient[row * a.InputSize + column] = sum;
            }
            else
            {
                a.InputBiasGradient[row] = sum;
                a.RecurrentBiasGradient[row] = sum;
            }
        }
    }

    /// <summary>A group writes a tile of TSide units by 4 TSide columns of one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void SliceKernel<TTarget, TSide>(Arguments a)
        where TTarget : unmanaged, ITarget
        where TSide : unmanaged, ISize
    {
        var side = default(TSide).Value;
        var target = default(TTarget);
        var gates = SharedMemory.Allocate<Quad>(ChunkPositions * default(TSide).Value); // [positions, units]
        var inputs = SharedMemory.Allocate<Quad>(ChunkPositions * default(TSide).Value); // [positions, quads of columns]
        var (x, y) = (Group.IdxX, Group.IdxY);
        var thread = y * side + x;
        var columns = target.Columns(a);
        var (firstUnit, firstColumn) = (Grid.IdxX * side, Grid.IdxY * 4 * side);
        var begin = Grid.IdxZ * a.PositionsInSlice;
        var end = begin + a.PositionsInSlice;
        var positions = target.Positions(a);
        end = end < positions ? end : positions;

        WeightColumns sums = default;
        for (var first = begin; first < end; first += ChunkPositions)
        {
            for (var e = thread; e < ChunkPositions * side; e += side * side)
            {
                var (p, unit) = (first + e / side, firstUnit + e % side);
                Quad gate = default;
                if (p < end && unit < a.HiddenSize)
                    gate = Quad.Of(a.GateGradients[p * a.HiddenSize + unit]);
                gates[e] = gate;
            }

            for (var e = thread; e < ChunkPositions * 4 * side; e += side * side)
            {
                var (p, column) = (first + e / (4 * side), firstColumn + e % (4 * side));
                var input = 0f;
                if (p < end && column < columns)
                    input = target.Input(a, p, column);
                inputs.Cast<float>()[e] = input;
            }

            Group.Barrier();
            for (var p = 0; p < ChunkPositions; p++)
            {
                var gate = gates[p * side + x];
                var input = inputs[p * side + y];
                sums.A.AddProduct(gate, input.X);
                sums.B.AddProduct(gate, input.Y);
                sums.C.AddProduct(gate, input.Z);
                sums.D.AddProduct(gate, input.W);
            }

            Group.Barrier();
        }

        if (firstUnit + x < a.HiddenSize)
        {
            Store(a, firstUnit + x, firstColumn + 4 * y, columns, sums.A);
            Store(a, firstUnit + x, firstColumn + 4 * y + 1, columns, sums.B);
            Store(a, firstUnit + x, firstColumn + 4 * y + 2, columns, sums.C);
            Store(a, firstUnit + x, firstColumn + 4 * y + 3, columns, sums.D);
        }
    }

    /// <summary>A thread writes one element of the gradient.</summary>
    [DeviceKernel]
    internal static void SumSlicesKernel<TTarget>(Arguments a)
        where TTarget : unmanaged, ITarget
    {
        var index = Grid.GlobalIndex.X;
        var columns = default(TTarget).Columns(a);
        var elements = 4 * a.HiddenSize * columns;
        if (index >= elements)
            return;
        var sum = 0f;
        for (var slice = 0; slice < a.Slices; slice++)
            sum += a.Partial[slice * elements + index];
        default(TTarget).Write(a, index / columns, index % columns, sum);
    }

    /// <summary>Elements of <see cref="Arguments.Partial"/> for these shapes.</summary>
    /// <param name="device">Where.</param>
    /// <param name="positions">P.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="columns">N; with the biases one more.</param>
    public static long ScratchLength(ComputeDevice device, int positions, int hiddenSize, int columns) =>
        4L * hiddenSize * columns * SliceCount(positions, Tiles(device, hiddenSize, columns));

    /// <summary>Queues the recurrent weights' gradient.</summary>
    public static void OfRecurrentWeights(ComputeDevice device, Arguments arguments) =>
        Launch<RecurrentWeights>(device, arguments, arguments.InputSize);

    /// <summary>Queues the input weights' and the biases' gradients.</summary>
    public static void OfInputWeightsAndBiases(ComputeDevice device, Arguments arguments) =>
        Launch<InputWeightsAndBiases>(device, arguments, arguments.InputSize + 1);

    /// <summary>Every specialisation, with its group size.</summary>
    internal static IEnumerable<(Action<Arguments> Kernel, int GroupSize)> Specialisations() =>
    [
        (SliceKernel<RecurrentWeights, Size16>, 256),
        (SliceKernel<RecurrentWeights, Size2>, 4),
        (SliceKernel<InputWeightsAndBiases, Size16>, 256),
        (SliceKernel<InputWeightsAndBiases, Size2>, 4),
        (SumSlicesKernel<RecurrentWeights>, 256),
        (SumSlicesKernel<InputWeightsAndBiases>, 256),
    ];

    private static void Launch<TTarget>(ComputeDevice device, Arguments arguments, int columns)
        where TTarget : unmanaged, ITarget
    {
        var tiles = Tiles(device, arguments.HiddenSize, columns);
        arguments.Slices = SliceCount(arguments.Positions, tiles);
        arguments.PositionsInSlice = (arguments.Positions + arguments.Slices - 1) / arguments.Slices;
        var side = Side(device);
        var elements = 4L * arguments.HiddenSize * columns;
        device.Launch(
            side == default(Size16).Value ? SliceKernel<TTarget, Size16> : SliceKernel<TTarget, Size2>,
            arguments, new Index3D(tiles.X, tiles.Y, arguments.Slices), new Index3D(side, side, 1),
            KernelWork.Of(arguments.Positions * (4L * arguments.HiddenSize + columns) + arguments.Slices * elements, 2 * arguments.Positions * elements));
        device.LaunchElementwise(
            SumSlicesKernel<TTarget>, arguments, 4 * arguments.HiddenSize * columns,
            KernelWork.Of((arguments.Slices + 1) * elements, arguments.Slices * elements));
    }

    private static void Store(Arguments a, int unit, int column, int columns, Quad sum)
    {
        if (column >= columns)
            return;
        var first = Grid.IdxZ * 4 * a.HiddenSize + unit;
        a.Partial[first * columns + column] = sum.X;
        a.Partial[(first + a.HiddenSize) * columns + column] = sum.Y;
        a.Partial[(first + 2 * a.HiddenSize) * columns + column] = sum.Z;
        a.Partial[(first + 3 * a.HiddenSize) * columns + column] = sum.W;
    }

    // The simulator's groups are too small for a tile of any use.
    private static int Side(ComputeDevice device) => device.MaxGroupSize >= 256 ? default(Size16).Value : default(Size2).Value;

    private static Index2D Tiles(ComputeDevice device, int hiddenSize, int columns)
    {
        var side = Side(device);
        return new Index2D((hiddenSize + side - 1) / side, (columns + 4 * side - 1) / (4 * side));
    }

    private static int SliceCount(int positions, Index2D tiles) =>
        Math.Clamp(Groups / tiles.Size, 1, Math.Max(1, positions / LeastPositionsInSlice));
}
