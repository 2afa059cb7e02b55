using System.Numerics;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A weight gradient as a sum of outer products over all positions, after the loop over the steps:
/// <c>dW[m, n] = Σ_p gates[p, m] inputs[p, n]</c>. It is a backward half; the forward halves are the recurrent product inside
/// <see cref="LstmSequence"/> and <see cref="GateTable"/>'s.
/// </summary>
/// <remarks>
/// In the tiled form a group computes a tile of the gradient from a slice of the positions: a thread has four gates of one unit by
/// four inputs, and shared memory holds <see cref="ChunkPositions"/> positions at a time. <c>WeightGradient.Tensor.cs</c> and
/// <c>WeightGradient.Narrow.cs</c> have the other forms. Then the slices of an element are added up in an order that hangs on the
/// shapes alone: no atomics, and the same bits on every run.
/// </remarks>
public static partial class WeightGradient
{
    /// <summary>Of fewer columns, or units than a tile has, it would be mostly empty.</summary>
    public const int LeastColumnsForTensorCores = 64;

    private const int ChunkPositions = 16;
    private const int LeastPositionsInSlice = 4 * ChunkPositions;
    private const int SlicesOnProcessor = 8;
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

        /// <summary>Where a position's inputs begin.</summary>
        int FirstInput(Arguments a, int position);

        /// <summary>Takes a sum.</summary>
        void Write(Arguments a, int row, int column, float sum);
    }

    /// <summary><c>lstm.weight_hh_l0</c>: inputs are hidden states.</summary>
    internal struct RecurrentWeights : ITarget
    {
        public readonly int Columns(Arguments a) => a.InputSize;

        public readonly int Positions(Arguments a) => a.Positions;

        public readonly int FirstInput(Arguments a, int position) => position * a.InputSize;

        public readonly void Write(Arguments a, int row, int column, float sum) => a.Gradient[row * a.InputSize + column] = sum;
    }

    /// <summary><c>lstm.weight_ih_l0</c> and both biases, whose input is a column of ones behind the embedding's.</summary>
    internal struct InputWeightsAndBiases : ITarget
    {
        public readonly int Columns(Arguments a) => a.InputSize + 1;

        public readonly int Positions(Arguments a) => a.PositionCount[0];

        public readonly int FirstInput(Arguments a, int position) => a.InputRows[position] * a.InputSize;

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
                    input = column < a.InputSize ? a.Inputs[target.FirstInput(a, p) + column] : 1f;
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

    /// <summary>The threads of a column of a group (see <see cref="LaneSum"/>) write one element of the gradient.</summary>
    [DeviceKernel]
    internal static void SumSlicesKernel<TTarget>(Arguments a)
        where TTarget : unmanaged, ITarget
    {
        var shared = SharedMemory.Allocate<float>(LaneSum.MaxThreads);
        var index = Grid.IdxX * Group.DimX + Group.IdxX;
        var columns = default(TTarget).Columns(a);
        var elements = 4 * a.HiddenSize * columns;
        var sum = 0f;
        if (index < elements)
        {
            for (var slice = Group.IdxY; slice < a.Slices; slice += Group.DimY)
                sum += a.Partial[slice * elements + index];
        }

        sum = LaneSum.Of(shared, sum);
        if (index < elements && Group.IdxY == 0)
            default(TTarget).Write(a, index / columns, index % columns, sum);
    }

    /// <summary>The way that is fastest on a device.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="columns">N; with the biases one more.</param>
    /// <param name="precision">Of the product, where it is large enough for tensor cores; other than full, the device must have them.</param>
    public static WeightGradientForm FormFor(ComputeDevice device, int hiddenSize, int columns, Precision precision = Precision.Full)
    {
        if (device.IsProcessor)
            return WeightGradientForm.Serial;
        if (hiddenSize * columns <= MostNarrowElements)
            return WeightGradientForm.Narrow;
        if (hiddenSize < TensorTile.Units || columns < LeastColumnsForTensorCores || !device.Info.HasTensorCores)
            return WeightGradientForm.Tiled;
        return precision switch
        {
            Precision.Tf32 => WeightGradientForm.TensorTf32,
            Precision.BFloat16 => WeightGradientForm.TensorBFloat16,
            _ => WeightGradientForm.TensorSplit,
        };
    }

    /// <summary>Every way that a device has for these shapes, fast or not.</summary>
    public static IEnumerable<WeightGradientForm> FormsOf(ComputeDevice device, int hiddenSize, int columns) => Enum.GetValues<WeightGradientForm>().Where(form => form switch
    {
        WeightGradientForm.Narrow => hiddenSize * columns <= MostNarrowElements && device.Fits(NarrowGroupSize, 0, 0),
        _ when IsOnTensorCores(form) => device.Info.HasTensorCores,
        WeightGradientForm.Serial => device.IsProcessor,
        _ => true,
    });

    /// <summary>Whether a form needs tensor cores.</summary>
    public static bool IsOnTensorCores(WeightGradientForm form) =>
        form is WeightGradientForm.TensorSplit or WeightGradientForm.TensorTf32 or WeightGradientForm.TensorBFloat16;

    /// <summary>To what a form rounds the product's operands.</summary>
    public static Precision PrecisionOf(WeightGradientForm form) => form switch
    {
        WeightGradientForm.TensorTf32 => Precision.Tf32,
        WeightGradientForm.TensorBFloat16 => Precision.BFloat16,
        _ => Precision.Full,
    };

    /// <summary>Elements of <see cref="Arguments.Partial"/> for these shapes.</summary>
    /// <param name="device">Where.</param>
    /// <param name="form">How.</param>
    /// <param name="positions">P.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="columns">N; with the biases one more.</param>
    public static long ScratchLength(ComputeDevice device, WeightGradientForm form, int positions, int hiddenSize, int columns) =>
        4L * hiddenSize * columns * SliceCount(device, form, positions, hiddenSize, columns);

    /// <summary>Queues the recurrent weights' gradient, in one of <see cref="FormsOf"/>.</summary>
    public static void OfRecurrentWeights(ComputeDevice device, Arguments arguments, WeightGradientForm form) =>
        Launch<RecurrentWeights>(device, arguments, arguments.InputSize, form);

    /// <summary>Queues the input weights' and the biases' gradients, in one of <see cref="FormsOf"/>.</summary>
    public static void OfInputWeightsAndBiases(ComputeDevice device, Arguments arguments, WeightGradientForm form) =>
        Launch<InputWeightsAndBiases>(device, arguments, arguments.InputSize + 1, form);

    private static void Launch<TTarget>(ComputeDevice device, Arguments arguments, int columns, WeightGradientForm form)
        where TTarget : unmanaged, ITarget
    {
        var elements = 4L * arguments.HiddenSize * columns;
        arguments.Slices = SliceCount(device, form, arguments.Positions, arguments.HiddenSize, columns);
        arguments.PositionsInSlice = (arguments.Positions + arguments.Slices - 1) / arguments.Slices;
        var work = KernelWork.Of(
            arguments.Positions * (4L * arguments.HiddenSize + columns) + arguments.Slices * elements, 2 * arguments.Positions * elements);
        var tiles = Tiles(device, form, arguments.HiddenSize, columns);
        var groups = new Index3D(tiles.X, tiles.Y, arguments.Slices);
        switch (form)
        {
            case WeightGradientForm.Narrow:
                device.Launch(NarrowSliceKernel<TTarget>, arguments, groups, new Index3D(NarrowGroupSize, 1, 1), work);
                break;
            case WeightGradientForm.Tiled:
                var (side, kernel) = Array.Find(Kernels<TTarget>.Tiled, slice => slice.Side == Side(device, arguments.HiddenSize));
                device.Launch(kernel, arguments, groups, new Index3D(side, side, 1), work);
                break;
            case WeightGradientForm.Serial:
                device.Launch(SerialSliceKernel<TTarget>, arguments, groups, new Index3D(1, 1, 1), work);
                break;
            default:
                var tensor = Array.Find(Kernels<TTarget>.Tensor, slice => slice.Form == form).Kernel;
                device.Launch(tensor, arguments, groups, new Index3D(TensorTile.GroupSize, 1, 1), work);
                break;
        }

        device.LaunchColumnSums(
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

    /// <summary>As small as the units allow: a group's threads beyond them would have nothing to do.</summary>
    private static int Side(ComputeDevice device, int hiddenSize) =>
        device.MaxGroupSize < 256 ? 2 : (int)Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)hiddenSize), 2, 16);

    /// <summary>Groups of a slice.</summary>
    private static Index2D Tiles(ComputeDevice device, WeightGradientForm form, int hiddenSize, int columns)
    {
        if (form == WeightGradientForm.Serial)
            return new Index2D(hiddenSize, 1);
        if (form == WeightGradientForm.Narrow)
            return new Index2D(1, 1);
        var side = Side(device, hiddenSize);
        var (unitsInTile, columnsInTile) = form == WeightGradientForm.Tiled ? (side, 4 * side) : (TensorTile.Units, TensorTile.Columns);
        return new Index2D((hiddenSize + unitsInTile - 1) / unitsInTile, (columns + columnsInTile - 1) / columnsInTile);
    }

    private static int SliceCount(ComputeDevice device, WeightGradientForm form, int positions, int hiddenSize, int columns)
    {
        if (form == WeightGradientForm.Narrow)
            return Math.Clamp(NarrowSlices(positions, hiddenSize * columns), 1, Groups);
        var wanted = form == WeightGradientForm.Serial ? SlicesOnProcessor : Groups / Tiles(device, form, hiddenSize, columns).Size;
        return Math.Clamp(wanted, 1, Math.Max(1, positions / LeastPositionsInSlice));
    }
}
