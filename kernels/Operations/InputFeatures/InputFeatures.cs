using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// What the first layer reads at a position where a token has more than its own embedding: that of its n-grams, and that of the
/// pair with the token before it, behind its own or added to it.
/// </summary>
/// <remarks>
/// The way back needs no kernel of its own: <see cref="SegmentSum"/> adds up the inputs' gradient by token and by pair, each in
/// its columns.
/// </remarks>
public static partial class InputFeatures
{
    /// <summary>Arguments of the kernel.</summary>
    public struct Arguments
    {
        /// <summary><c>embedding.weight</c> [V, E].</summary>
        public ArrayView<float> Embedding;

        /// <summary>The token of each token's slot [U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>The token's slot of each position that runs [T, B].</summary>
        public ArrayView<int> TokenSlots;

        /// <summary>The embeddings of the tokens' n-grams, in the order of their slots [U, D].</summary>
        public ArrayView<float> Ngrams;

        /// <summary>The rows of <c>pairs.weight</c> that the batch reads, in the order of their slots [U, D].</summary>
        public ArrayView<float> Pairs;

        /// <summary>The pair's slot of each position that runs [T, B].</summary>
        public ArrayView<int> PairSlots;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>Written [T, B, inputs]; 0 behind a row's end.</summary>
        public ArrayView<float> Inputs;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        /// <summary>Width of an embedding row E: the first columns of the inputs.</summary>
        public int EmbeddingSize;

        /// <summary>The first column of the n-grams' embedding.</summary>
        public int NgramColumn;

        /// <summary>Its columns; 0 where there is none.</summary>
        public int NgramSize;

        /// <summary>The first column of the pair's embedding.</summary>
        public int PairColumn;

        /// <summary>Its columns; 0 where there is none.</summary>
        public int PairSize;

        /// <summary>Columns of the inputs.</summary>
        public int InputSize;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => [new(JoinKernel, ComputeDevice.LargestGroup)];

    /// <summary>A thread writes a number of the inputs.</summary>
    [DeviceKernel]
    internal static void JoinKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Steps * a.Rows * a.InputSize)
            return;
        var (position, column) = (index / a.InputSize, index % a.InputSize);
        var sum = 0f;
        if (position / a.Rows < a.Lengths[position % a.Rows])
        {
            var slot = a.TokenSlots[position];
            if (column < a.EmbeddingSize)
                sum = a.Embedding[a.SlotTokens[slot] * a.EmbeddingSize + column];
            var (ofNgrams, ofPair) = (column - a.NgramColumn, column - a.PairColumn);
            if (ofNgrams >= 0 && ofNgrams < a.NgramSize)
                sum += a.Ngrams[slot * a.NgramSize + ofNgrams];
            if (ofPair >= 0 && ofPair < a.PairSize)
                sum += a.Pairs[a.PairSlots[position] * a.PairSize + ofPair];
        }

        a.Inputs[index] = sum;
    }

    /// <summary>Queues the kernel.</summary>
    public static void Join(ComputeDevice device, Arguments arguments)
    {
        var elements = arguments.Steps * arguments.Rows * arguments.InputSize;
        if (elements > 0)
            device.LaunchElementwise(JoinKernel, arguments, elements, KernelWork.Of(3L * elements, 2L * elements));
    }
}
