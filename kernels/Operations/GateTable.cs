using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The input half of every gate, once for each distinct token of the batch instead of once for each position:
/// <c>table[u] = W_ih embedding[token[u]] + b_ih + b_hh</c>. A batch of 32 tweets of 200 characters has 6,400 positions
/// but at most 275 distinct tokens, so this replaces an embedding lookup and a matrix product over B·T rows.
/// </summary>
/// <remarks>
/// A slot u is a distinct token's number in the batch, 0 ≤ u &lt; U. Positions outside the batch's tokens keep a zero
/// embedding gradient: the caller clears <c>EmbeddingGradient</c> first. Gate order i, f, g, o.
/// </remarks>
public static partial class GateTable
{
    /// <summary>Arguments of the forward kernel; a thread writes one (slot, gate row).</summary>
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

        /// <summary>The gate table, written [U, 4H].</summary>
        public ArrayView<float> Table;

        /// <summary>U.</summary>
        public int Slots;

        /// <summary>E.</summary>
        public int EmbeddingSize;

        /// <summary>4H.</summary>
        public int GateRows;
    }

    /// <summary>Arguments of the three backward kernels.</summary>
    public struct BackwardArguments
    {
        /// <summary>Gradient of the gate table [U, 4H], from <see cref="EmbeddingLookup"/>'s backward half.</summary>
        public ArrayView<float> TableGradient;

        /// <summary><c>embedding.weight</c> [V, E].</summary>
        public ArrayView<float> Embedding;

        /// <summary><c>lstm.weight_ih_l0</c> [4H, E].</summary>
        public ArrayView<float> InputWeights;

        /// <summary>The token of each slot [U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>Gradient of the embedding [V, E]; only the rows of the batch's tokens are written.</summary>
        public ArrayView<float> EmbeddingGradient;

        /// <summary>Gradient of the input weights, written [4H, E].</summary>
        public ArrayView<float> InputWeightGradient;

        /// <summary>Gradient of the input bias, written [4H].</summary>
        public ArrayView<float> InputBiasGradient;

        /// <summary>Gradient of the recurrent bias, written [4H]: the same values.</summary>
        public ArrayView<float> RecurrentBiasGradient;

        /// <summary>U.</summary>
        public int Slots;

        /// <summary>E.</summary>
        public int EmbeddingSize;

        /// <summary>4H.</summary>
        public int GateRows;
    }

    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Slots * a.GateRows)
            return;
        var gate = index % a.GateRows;
        var embeddingRow = a.SlotTokens[index / a.GateRows] * a.EmbeddingSize;
        var weightRow = gate * a.EmbeddingSize;
        var sum = a.InputBias[gate] + a.RecurrentBias[gate];
        for (var e = 0; e < a.EmbeddingSize; e++)
            sum += a.InputWeights[weightRow + e] * a.Embedding[embeddingRow + e];
        a.Table[index] = sum;
    }

    /// <summary>A thread writes one (slot, embedding column); slots have distinct tokens, so no two threads meet.</summary>
    [DeviceKernel]
    internal static void EmbeddingBackwardKernel(BackwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Slots * a.EmbeddingSize)
            return;
        var slot = index / a.EmbeddingSize;
        var column = index % a.EmbeddingSize;
        var sum = 0f;
        for (var gate = 0; gate < a.GateRows; gate++)
            sum += a.TableGradient[slot * a.GateRows + gate] * a.InputWeights[gate * a.EmbeddingSize + column];
        a.EmbeddingGradient[a.SlotTokens[slot] * a.EmbeddingSize + column] = sum;
    }

    /// <summary>A thread writes one (gate row, embedding column), adding over the slots in order.</summary>
    [DeviceKernel]
    internal static void InputWeightsBackwardKernel(BackwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.GateRows * a.EmbeddingSize)
            return;
        var gate = index / a.EmbeddingSize;
        var column = index % a.EmbeddingSize;
        var sum = 0f;
        for (var slot = 0; slot < a.Slots; slot++)
            sum += a.TableGradient[slot * a.GateRows + gate] * a.Embedding[a.SlotTokens[slot] * a.EmbeddingSize + column];
        a.InputWeightGradient[index] = sum;
    }

    /// <summary>A thread writes one gate row of both biases, adding over the slots in order.</summary>
    [DeviceKernel]
    internal static void BiasBackwardKernel(BackwardArguments a)
    {
        var gate = Grid.GlobalIndex.X;
        if (gate >= a.GateRows)
            return;
        var sum = 0f;
        for (var slot = 0; slot < a.Slots; slot++)
            sum += a.TableGradient[slot * a.GateRows + gate];
        a.InputBiasGradient[gate] = sum;
        a.RecurrentBiasGradient[gate] = sum;
    }

    /// <summary>Queues the forward kernel.</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments) =>
        device.LaunchElementwise(ForwardKernel, arguments, arguments.Slots * arguments.GateRows);

    /// <summary>Queues the three backward kernels.</summary>
    public static void Backward(ComputeDevice device, BackwardArguments arguments)
    {
        device.LaunchElementwise(EmbeddingBackwardKernel, arguments, arguments.Slots * arguments.EmbeddingSize);
        device.LaunchElementwise(InputWeightsBackwardKernel, arguments, arguments.GateRows * arguments.EmbeddingSize);
        device.LaunchElementwise(BiasBackwardKernel, arguments, arguments.GateRows);
    }
}
