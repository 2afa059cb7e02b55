using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The input half of every gate, once for each distinct token of the batch instead of once for each position:
/// <c>table[u] = W_ih embedding[token[u]] + b_ih + b_hh</c>. A batch of 32 tweets of 200 characters has 6,400 positions
/// but at most 275 distinct tokens, so this replaces an embedding lookup and a matrix product over B·T rows.
/// </summary>
/// <remarks>
/// A slot u is a distinct token's number in the batch, 0 ≤ u &lt; U. Rows outside the batch's tokens keep a zero gradient: the
/// caller clears <c>InputGradient</c> first. Gate order i, f, g, o. Above the first layer, the hidden states of the layer below
/// [T B, D H] are the inputs, and each position is a slot: a dense product, for which there are variants
/// (<see cref="Variants"/>).
/// </remarks>
public static partial class GateTable
{
    /// <summary>Of fewer units, a tile of the tensor cores would be mostly empty.</summary>
    public const int MinUnitsForTensorCores = TensorTiledProduct.Quads;

    private const int MinForTiles = 16;

    /// <summary>Arguments of the forward kernel.</summary>
    public struct ForwardArguments
    {
        /// <summary><c>embedding.weight</c> [V, E], or the hidden states of the layer below [T B, E].</summary>
        public ArrayView<float> Inputs;

        /// <summary><c>lstm.weight_ih_l0</c> [4H, E], or that of a layer above.</summary>
        public ArrayView<float> InputWeights;

        /// <summary><c>lstm.bias_ih_l0</c> [4H].</summary>
        public ArrayView<float> InputBias;

        /// <summary><c>lstm.bias_hh_l0</c> [4H].</summary>
        public ArrayView<float> RecurrentBias;

        /// <summary>The row of the inputs of each slot [U]: its token, or its position; no two are the same.</summary>
        public ArrayView<int> InputRows;

        /// <summary>How many slots there really are [1], at most U.</summary>
        public ArrayView<int> SlotCount;

        /// <summary>The gate table, written [U, H].</summary>
        public ArrayView<UnitGates> Table;

        /// <summary>U, the most slots there can be.</summary>
        public int Slots;

        /// <summary>Width of a row of the inputs E.</summary>
        public int InputSize;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>Arguments of the backward kernels.</summary>
    public struct BackwardArguments
    {
        /// <summary>Gradient of the gate table [U, H], from <see cref="SegmentSum"/>.</summary>
        public ArrayView<UnitGates> TableGradient;

        /// <summary><c>embedding.weight</c> [V, E], or the hidden states of the layer below [T B, E].</summary>
        public ArrayView<float> Inputs;

        /// <summary><c>lstm.weight_ih_l0</c> [4H, E], or that of a layer above.</summary>
        public ArrayView<float> InputWeights;

        /// <summary>The row of the inputs of each slot [U]: its token, or its position; no two are the same.</summary>
        public ArrayView<int> InputRows;

        /// <summary>How many slots there really are [1], at most U.</summary>
        public ArrayView<int> SlotCount;

        /// <summary>Scratch of the weights' <see cref="WeightGradientVariant.ScratchLength"/>, of E + 1 columns.</summary>
        public ArrayView<float> Partial;

        /// <summary>Gradient of the inputs [V, E]; only the rows of slots are written.</summary>
        public ArrayView<float> InputGradient;

        /// <summary>Gradient of the input weights, written [4H, E].</summary>
        public ArrayView<float> InputWeightGradient;

        /// <summary>Gradient of the input bias, written [4H].</summary>
        public ArrayView<float> InputBiasGradient;

        /// <summary>Gradient of the recurrent bias, written [4H]: the same values.</summary>
        public ArrayView<float> RecurrentBiasGradient;

        /// <summary>U, the most slots there can be.</summary>
        public int Slots;

        /// <summary>Width of a row of the inputs E.</summary>
        public int InputSize;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>What becomes of the inputs' gradient, known when a kernel is compiled.</summary>
    internal interface IDestination
    {
        /// <summary>Whether it is added to what is there, which the other direction has written.</summary>
        bool Adds { get; }
    }

    /// <summary>It is written.</summary>
    internal readonly struct Writes : IDestination
    {
        bool IDestination.Adds => false;
    }

    /// <summary>It is added.</summary>
    internal readonly struct Adds : IDestination
    {
        bool IDestination.Adds => true;
    }

    /// <summary>Every variant; of several that are to choose, the first is chosen.</summary>
    public static IReadOnlyList<GateTableVariant> Variants { get; } =
    [
        new SerialVariant(),
        new TensorVariant<SplitQuad>(),
        new TensorVariant<Tf32Quad>(),
        new TensorVariant<BFloat16Quad>(),
        new TiledVariant(),
        new PlainVariant(),
    ];

    /// <summary>Every kernel of every variant; back, those of <see cref="WeightGradient"/> follow.</summary>
    internal static IEnumerable<KernelInstance> Kernels => Variants.SelectMany(variant => variant.Kernels);

    /// <summary>The variant that is fastest on a device where each position is a slot.</summary>
    /// <param name="device">Where.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="inputSize">Width of a row of the inputs E.</param>
    /// <param name="precision">
    /// Of the product, where it is large enough for tensor cores; other than full, the device must have them.
    /// </param>
    public static GateTableVariant VariantFor(
        ComputeDevice device, int hiddenSize, int inputSize, Precision precision = Precision.Full) =>
        Variants.First(variant => variant.IsChosen(device, hiddenSize, inputSize, precision));

    /// <summary>The variant for a batch's tokens, of which there are few.</summary>
    public static GateTableVariant VariantForTokens(ComputeDevice device) =>
        Variants.First(variant => variant is SerialVariant or PlainVariant && variant.Supports(device));

    /// <summary>Every variant that a device has, fast or not.</summary>
    public static IEnumerable<GateTableVariant> VariantsOf(ComputeDevice device) =>
        Variants.Where(variant => variant.Supports(device));

    /// <summary>Queues the forward kernel.</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments, GateTableVariant variant) =>
        variant.Forward(device, arguments, WorkOf(arguments.Slots, arguments.HiddenSize, arguments.InputSize));

    /// <summary>Queues the backward kernels.</summary>
    /// <param name="device">Where.</param>
    /// <param name="arguments">What they read and write.</param>
    /// <param name="variant">Of the inputs' gradient.</param>
    /// <param name="weights">Of the weights' gradient.</param>
    /// <param name="adds">Whether to add to the inputs' gradient, which the other direction has written.</param>
    public static void Backward(
        ComputeDevice device, BackwardArguments arguments, GateTableVariant variant, WeightGradientVariant weights,
        bool adds = false)
    {
        var work = WorkOf(arguments.Slots, arguments.HiddenSize, arguments.InputSize);
        if (adds)
            variant.Backward<Adds>(device, arguments, work);
        else
            variant.Backward<Writes>(device, arguments, work);
        WeightGradient.OfInputWeightsAndBiases(device, new()
        {
            GateGradients = arguments.TableGradient,
            Inputs = arguments.Inputs,
            InputRows = arguments.InputRows,
            PositionCount = arguments.SlotCount,
            Partial = arguments.Partial,
            Gradient = arguments.InputWeightGradient,
            InputBiasGradient = arguments.InputBiasGradient,
            RecurrentBiasGradient = arguments.RecurrentBiasGradient,
            Positions = arguments.Slots,
            HiddenSize = arguments.HiddenSize,
            InputSize = arguments.InputSize,
        }, weights);
    }

    private static KernelWork WorkOf(int slots, int hiddenSize, int inputSize)
    {
        var gates = 4L * slots * hiddenSize;
        return KernelWork.Of(gates + inputSize * (slots + 4L * hiddenSize), 2 * gates * inputSize);
    }
}
