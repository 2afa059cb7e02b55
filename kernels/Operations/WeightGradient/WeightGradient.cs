using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A weight gradient as a sum of outer products over all positions, after the loop over the steps:
/// <c>dW[m, n] = Σ_p gates[p, m] inputs[p, n]</c>. It is a backward half; the forward halves are the recurrent product inside
/// <see cref="LstmSequence"/> and <see cref="GateTable"/>'s.
/// </summary>
/// <remarks>
/// The positions are cut into slices, and a variant sums each slice by itself (<see cref="Variants"/>):
/// <c>WeightGradient.Tiled.cs</c>, <c>WeightGradient.Tensor.cs</c>, <c>WeightGradient.Narrow.cs</c> and
/// <c>WeightGradient.Serial.cs</c>. Then the slices of an element are added up in an order that depends on the shapes alone: no
/// atomics, and the same bits on every run.
/// </remarks>
public static partial class WeightGradient
{
    /// <summary>Of fewer columns, or units than a tile has, it would be mostly empty.</summary>
    public const int MinColumnsForTensorCores = 64;

    /// <summary>Groups that keep a whole device busy, and are few enough that their sums are quickly added up.</summary>
    internal const int Groups = 128;

    private const int MinPositionsInSlice = 64;

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Gradients of the gates' pre-activations [P, H].</summary>
        public ArrayView<UnitGates> GateGradients;

        /// <summary>The product's inputs [P, inputs]: hidden states, or the rows of the embedding [V, inputs].</summary>
        public ArrayView<float> Inputs;

        /// <summary>The embedding's row for each position [P]; of the input weights only.</summary>
        public ArrayView<int> InputRows;

        /// <summary>How many positions there really are [1], at most P; of the input weights only.</summary>
        public ArrayView<int> PositionCount;

        /// <summary>A sum for each slice, scratch of <see cref="WeightGradientVariant.ScratchLength"/> elements.</summary>
        public ArrayView<float> Partial;

        /// <summary>The weight gradient, written [4H, inputs].</summary>
        public ArrayView<float> Gradient;

        /// <summary>Gradient of the input bias, written [4H]; with the input weights only.</summary>
        public ArrayView<float> InputBiasGradient;

        /// <summary>Gradient of the recurrent bias, written [4H]: the same values; with the input weights only.</summary>
        public ArrayView<float> RecurrentBiasGradient;

        /// <summary>Positions P.</summary>
        public int Positions;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;

        /// <summary>Inputs of the product.</summary>
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

    /// <summary>The sums of a slice: its gates by its inputs, over its positions. The grid's third axis numbers it.</summary>
    private struct SliceSums<TTarget> : IQuadProduct<Arguments>
        where TTarget : unmanaged, ITarget
    {
        public readonly bool IsLeftAlongInputs => false;

        public readonly bool IsRightAlongInputs => false;

        public readonly int Quads(Arguments a) => a.HiddenSize;

        public readonly int Columns(Arguments a) => default(TTarget).Columns(a);

        public readonly int FirstInput(Arguments a) => Grid.IdxZ * a.PositionsInSlice;

        public readonly int EndOfInputs(Arguments a)
        {
            var (end, positions) = (FirstInput(a) + a.PositionsInSlice, default(TTarget).Positions(a));
            return end < positions ? end : positions;
        }

        public readonly Quad Left(Arguments a, int input, int quad) => Quad.Of(a.GateGradients[input * a.HiddenSize + quad]);

        public readonly float Right(Arguments a, int input, int column) =>
            InputOrOne(a, default(TTarget).FirstInput(a, input), column);

        public readonly void Store(Arguments a, int quad, int column, Quad sum) =>
            WeightGradient.Store(a, quad, column, Columns(a), sum);
    }

    /// <summary>The threads of a column of a group (see <see cref="ColumnSum"/>) write one element of the gradient.</summary>
    [DeviceKernel]
    internal static void SumSlicesKernel<TTarget>(Arguments a)
        where TTarget : unmanaged, ITarget
    {
        var shared = SharedMemory.Allocate<float>(ColumnSum.MaxThreads);
        var index = Grid.IdxX * Group.DimX + Group.IdxX;
        var columns = default(TTarget).Columns(a);
        var elements = 4 * a.HiddenSize * columns;
        var sum = 0f;
        if (index < elements)
        {
            for (var slice = Group.IdxY; slice < a.Slices; slice += Group.DimY)
                sum += a.Partial[slice * elements + index];
        }

        sum = ColumnSum.Of(shared, sum);
        if (index < elements && Group.IdxY == 0)
            default(TTarget).Write(a, index / columns, index % columns, sum);
    }

    /// <summary>Every variant; of several that are to choose, the first is chosen.</summary>
    public static IReadOnlyList<WeightGradientVariant> Variants { get; } =
    [
        new SerialVariant(),
        new NarrowVariant(),
        new TensorVariant<SplitQuad>(),
        new TensorVariant<Tf32Quad>(),
        new TensorVariant<BFloat16Quad>(),
        new TiledVariant(),
    ];

    /// <summary>Every kernel of every variant, and those that add up the slices.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        .. Variants.SelectMany(variant => variant.Kernels<RecurrentWeights>()),
        .. Variants.SelectMany(variant => variant.Kernels<InputWeightsAndBiases>()),
        new(SumSlicesKernel<RecurrentWeights>, ColumnSum.MaxThreads),
        new(SumSlicesKernel<InputWeightsAndBiases>, ColumnSum.MaxThreads),
    ];

    /// <summary>The variant that is fastest on a device.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="columns">Columns of the product: its inputs, and with the biases one more.</param>
    /// <param name="precision">
    /// Of the product, where it is large enough for tensor cores; other than full, the device must have them.
    /// </param>
    public static WeightGradientVariant VariantFor(
        ComputeDevice device, int hiddenSize, int columns, Precision precision = Precision.Full) =>
        Variants.First(variant => variant.IsChosen(device, hiddenSize, columns, precision));

    /// <summary>Every variant that a device has for these shapes, fast or not.</summary>
    public static IEnumerable<WeightGradientVariant> VariantsOf(ComputeDevice device, int hiddenSize, int columns) =>
        Variants.Where(variant => variant.Supports(device, hiddenSize, columns));

    /// <summary>Queues the recurrent weights' gradient, by one of <see cref="VariantsOf"/>.</summary>
    public static void OfRecurrentWeights(ComputeDevice device, Arguments arguments, WeightGradientVariant variant) =>
        Launch<RecurrentWeights>(device, arguments, arguments.InputSize, variant);

    /// <summary>Queues the input weights' and the biases' gradients, by one of <see cref="VariantsOf"/>.</summary>
    public static void OfInputWeightsAndBiases(ComputeDevice device, Arguments arguments, WeightGradientVariant variant) =>
        Launch<InputWeightsAndBiases>(device, arguments, arguments.InputSize + 1, variant);

    /// <summary>So many slices as are wanted, if each then has enough positions.</summary>
    internal static int SlicesOf(int positions, int wanted) =>
        Math.Clamp(wanted, 1, Math.Max(1, positions / MinPositionsInSlice));

    private static void Launch<TTarget>(ComputeDevice device, Arguments arguments, int columns, WeightGradientVariant variant)
        where TTarget : unmanaged, ITarget
    {
        var elements = 4L * arguments.HiddenSize * columns;
        arguments.Slices = variant.SliceCount(device, arguments.Positions, arguments.HiddenSize, columns);
        arguments.PositionsInSlice = (arguments.Positions + arguments.Slices - 1) / arguments.Slices;
        var tiles = variant.Tiles(device, arguments.HiddenSize, columns);
        variant.LaunchSlices<TTarget>(
            device, arguments, new Index3D(tiles.X, tiles.Y, arguments.Slices),
            KernelWork.Of(
                arguments.Positions * (4L * arguments.HiddenSize + columns) + arguments.Slices * elements,
                2 * arguments.Positions * elements));
        device.LaunchColumnSums(
            SumSlicesKernel<TTarget>, arguments, 4 * arguments.HiddenSize * columns,
            KernelWork.Of((arguments.Slices + 1) * elements, arguments.Slices * elements));
    }

    /// <summary>An input, or the one behind a row's inputs that the biases have.</summary>
    private static float InputOrOne(Arguments a, int row, int column) => column < a.InputSize ? a.Inputs[row + column] : 1f;

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
}
