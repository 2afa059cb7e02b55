using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The input half of every gate, once for each distinct token of the batch instead of once for each position:
/// <c>table[u] = W_ih embedding[token[u]] + b_ih + b_hh</c>. A batch of 32 tweets of 200 characters has 6,400 positions
/// but at most 275 distinct tokens, so this replaces an embedding lookup and a matrix product over B·T rows.
/// </summary>
/// <remarks>
/// A slot u is a distinct token's number in the batch, 0 ≤ u &lt; U. Positions outside the batch's tokens keep a zero
/// embedding gradient: the caller clears <c>EmbeddingGradient</c> first. Gate order i, f, g, o. Above the first layer, the
/// hidden states of the layer below [T B, D H] stand for the embedding, and each position is a slot.
/// </remarks>
public static partial class GateTable
{
    /// <summary>Arguments of the forward kernel; a thread writes one (slot, unit).</summary>
    public struct ForwardArguments
    {
        /// <summary><c>embedding.weight</c> [V, E].</summary>
        public ArrayView<float> Embedding;

        /// <summary><c>lstm.weight_ih_l0</c> [4H, E].</summary>
        public ArrayView<float> InputWeights;

        /// <summary><c>lstm.bias_ih_l0</c> [4H].</summary>
        public ArrayView<float> InputBias;

        /// <summary><c>lstm.bias_hh_l0</c> [4H].</summary>
        public ArrayView<float> RecurrentBias;

        /// <summary>The token of each slot [U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>How many slots there really are [1], at most U.</summary>
        public ArrayView<int> SlotCount;

        /// <summary>The gate table, written [U, H].</summary>
        public ArrayView<UnitGates> Table;

        /// <summary>U, the most slots there can be.</summary>
        public int Slots;

        /// <summary>Width of an embedding row E.</summary>
        public int EmbeddingSize;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>Arguments of the backward kernels.</summary>
    public struct BackwardArguments
    {
        /// <summary>Gradient of the gate table [U, H], from <see cref="SegmentSum"/>.</summary>
        public ArrayView<UnitGates> TableGradient;

        /// <summary><c>embedding.weight</c> [V, E].</summary>
        public ArrayView<float> Embedding;

        /// <summary><c>lstm.weight_ih_l0</c> [4H, E].</summary>
        public ArrayView<float> InputWeights;

        /// <summary>The token of each slot [U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>How many slots there really are [1], at most U.</summary>
        public ArrayView<int> SlotCount;

        /// <summary>Scratch of <see cref="ScratchLength"/> elements.</summary>
        public ArrayView<float> Partial;

        /// <summary>Gradient of the embedding [V, E]; only the rows of the batch's tokens are written.</summary>
        public ArrayView<float> EmbeddingGradient;

        /// <summary>Gradient of the input weights, written [4H, E].</summary>
        public ArrayView<float> InputWeightGradient;

        /// <summary>Gradient of the input bias, written [4H].</summary>
        public ArrayView<float> InputBiasGradient;

        /// <summary>Gradient of the recurrent bias, written [4H]: the same values.</summary>
        public ArrayView<float> RecurrentBiasGradient;

        /// <summary>U, the most slots there can be.</summary>
        public int Slots;

        /// <summary>Width of an embedding row E.</summary>
        public int EmbeddingSize;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>What becomes of the embedding's gradient, known when a kernel is compiled.</summary>
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

    /// <summary>Its kernels; back, those of <see cref="WeightGradient"/> follow.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(ForwardKernel, ComputeDevice.LargestGroup),
        new(EmbeddingBackwardKernel<Writes>, ComputeDevice.LargestGroup),
        new(EmbeddingBackwardKernel<Adds>, ComputeDevice.LargestGroup),
        new(SerialForwardKernel, GroupSize: 1, HasLocalMemory: true),
        new(SerialEmbeddingBackwardKernel<Writes>, GroupSize: 1, HasLocalMemory: true),
        new(SerialEmbeddingBackwardKernel<Adds>, GroupSize: 1, HasLocalMemory: true),
    ];

    /// <summary>
    /// A thread writes one unit of one slot; the threads of a warp have different slots of one unit, so that they share its
    /// weights.
    /// </summary>
    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        var (unit, slot) = (index / a.Slots, index % a.Slots);
        if (unit < a.HiddenSize && slot < a.SlotCount[0])
            ForwardOf(a, slot, unit);
    }

    /// <summary>The gates of one unit of one slot; the thread writes them.</summary>
    internal static void ForwardOf(ForwardArguments a, int slot, int unit)
    {
        var embeddingRow = a.SlotTokens[slot] * a.EmbeddingSize;
        var (i, f, g, o) = (unit, a.HiddenSize + unit, 2 * a.HiddenSize + unit, 3 * a.HiddenSize + unit);
        var gates = new UnitGates
        {
            I = a.InputBias[i] + a.RecurrentBias[i],
            F = a.InputBias[f] + a.RecurrentBias[f],
            G = a.InputBias[g] + a.RecurrentBias[g],
            O = a.InputBias[o] + a.RecurrentBias[o],
        };
        for (var e = 0; e < a.EmbeddingSize; e++)
        {
            var input = a.Embedding[embeddingRow + e];
            gates.I += a.InputWeights[i * a.EmbeddingSize + e] * input;
            gates.F += a.InputWeights[f * a.EmbeddingSize + e] * input;
            gates.G += a.InputWeights[g * a.EmbeddingSize + e] * input;
            gates.O += a.InputWeights[o * a.EmbeddingSize + e] * input;
        }

        a.Table[slot * a.HiddenSize + unit] = gates;
    }

    /// <summary>A thread writes one (slot, embedding column); slots have distinct tokens, so no two threads meet.</summary>
    [DeviceKernel]
    internal static void EmbeddingBackwardKernel<TDestination>(BackwardArguments a)
        where TDestination : unmanaged, IDestination
    {
        var index = Grid.GlobalIndex.X;
        if (index < a.SlotCount[0] * a.EmbeddingSize)
            EmbeddingBackwardOf<TDestination>(a, index / a.EmbeddingSize, index % a.EmbeddingSize);
    }

    /// <summary>One element of the embedding's gradient; the thread writes it.</summary>
    internal static void EmbeddingBackwardOf<TDestination>(BackwardArguments a, int slot, int column)
        where TDestination : unmanaged, IDestination
    {
        var gateStride = a.HiddenSize * a.EmbeddingSize;
        var sum = 0f;
        var weight = column; // added to, so that no division by which the column was found is done again for each unit
        for (var unit = 0; unit < a.HiddenSize; unit++)
        {
            var gradient = a.TableGradient[slot * a.HiddenSize + unit];
            sum += gradient.I * a.InputWeights[weight];
            sum += gradient.F * a.InputWeights[weight + gateStride];
            sum += gradient.G * a.InputWeights[weight + 2 * gateStride];
            sum += gradient.O * a.InputWeights[weight + 3 * gateStride];
            weight += a.EmbeddingSize;
        }

        if (default(TDestination).Adds)
            a.EmbeddingGradient[a.SlotTokens[slot] * a.EmbeddingSize + column] += sum;
        else
            a.EmbeddingGradient[a.SlotTokens[slot] * a.EmbeddingSize + column] = sum;
    }

    /// <summary>Elements of scratch that going back needs.</summary>
    public static long ScratchLength(ComputeDevice device, int slots, int hiddenSize, int embeddingSize) =>
        WeightGradient.VariantFor(device, hiddenSize, embeddingSize + 1)
            .ScratchLength(device, slots, hiddenSize, embeddingSize + 1);

    /// <summary>Queues the forward kernel.</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments)
    {
        var gates = 4L * arguments.Slots * arguments.HiddenSize;
        var work = KernelWork.Of(
            gates + arguments.EmbeddingSize * (arguments.Slots + 4L * arguments.HiddenSize), 2 * gates * arguments.EmbeddingSize);
        if (device.RunsGroupsSerially)
        {
            device.Launch(
                SerialForwardKernel, arguments, new Index3D((arguments.Slots + Lanes - 1) / Lanes, 1, 1), new Index3D(1, 1, 1),
                work);
        }
        else
            device.LaunchElementwise(ForwardKernel, arguments, arguments.Slots * arguments.HiddenSize, work);
    }

    /// <summary>Queues the backward kernels.</summary>
    /// <param name="device">Where.</param>
    /// <param name="arguments">What they read and write.</param>
    /// <param name="adds">Whether to add to the embedding's gradient, which the other direction has written.</param>
    public static void Backward(ComputeDevice device, BackwardArguments arguments, bool adds = false)
    {
        if (adds)
            Backward<Adds>(device, arguments);
        else
            Backward<Writes>(device, arguments);
    }

    private static void Backward<TDestination>(ComputeDevice device, BackwardArguments arguments)
        where TDestination : unmanaged, IDestination
    {
        var gates = 4L * arguments.Slots * arguments.HiddenSize;
        var work = KernelWork.Of(
            gates + arguments.EmbeddingSize * (arguments.Slots + 4L * arguments.HiddenSize), 2 * gates * arguments.EmbeddingSize);
        if (device.RunsGroupsSerially)
        {
            device.Launch(
                SerialEmbeddingBackwardKernel<TDestination>, arguments, new Index3D(arguments.Slots, 1, 1), new Index3D(1, 1, 1),
                work);
        }
        else
        {
            device.LaunchElementwise(
                EmbeddingBackwardKernel<TDestination>, arguments, arguments.Slots * arguments.EmbeddingSize, work);
        }

        WeightGradient.OfInputWeightsAndBiases(device, new()
        {
            GateGradients = arguments.TableGradient,
            Inputs = arguments.Embedding,
            InputRows = arguments.SlotTokens,
            PositionCount = arguments.SlotCount,
            Partial = arguments.Partial,
            Gradient = arguments.InputWeightGradient,
            InputBiasGradient = arguments.InputBiasGradient,
            RecurrentBiasGradient = arguments.RecurrentBiasGradient,
            Positions = arguments.Slots,
            HiddenSize = arguments.HiddenSize,
            InputSize = arguments.EmbeddingSize,
        }, WeightGradient.VariantFor(device, arguments.HiddenSize, arguments.EmbeddingSize + 1));
    }
}
