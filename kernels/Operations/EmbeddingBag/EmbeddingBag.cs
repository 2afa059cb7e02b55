using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The mean of some rows of a table for each token of a batch, a token's bag, as <c>nn.EmbeddingBag</c> of PyTorch computes it;
/// and back, the gradient of the rows that the batch reads. Which rows a token reads is fixed: those of its character n-grams.
/// </summary>
/// <remarks>
/// Tokens have slots, in ascending order (<see cref="BatchIndex"/>), and so have rows that are read. A row's gradient is summed
/// over its tokens in ascending order: no atomics, and the same bits each time.
/// </remarks>
public static partial class EmbeddingBag
{
    /// <summary>Which rows the tokens of a vocabulary read, and which tokens read a row; each list ascending.</summary>
    public struct Bags
    {
        /// <summary>Where each token's rows begin, and where the last ends [V + 1].</summary>
        public ArrayView<int> TokenStarts;

        /// <summary>The rows of each token, each once.</summary>
        public ArrayView<int> TokenRows;

        /// <summary>What each of a token's rows is of its mean: 1 / their number; 0 without any [V].</summary>
        public ArrayView<float> TokenShares;

        /// <summary>The rows that some token reads [M].</summary>
        public ArrayView<int> RowNumbers;

        /// <summary>Where the tokens of each of them begin, and where the last ends [M + 1].</summary>
        public ArrayView<int> RowStarts;

        /// <summary>The tokens of each of them, each once.</summary>
        public ArrayView<int> RowTokens;
    }

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>All tokens' and rows'.</summary>
        public Bags Bags;

        /// <summary>The token of each slot, ascending [U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>The number of slots [1].</summary>
        public ArrayView<int> SlotCount;

        /// <summary>
        /// Where each slot's positions begin, and where the last ends [U + 1]: a slot without any is not in the batch.
        /// </summary>
        public ArrayView<int> SegmentStarts;

        /// <summary>The table [R, K, D], of which the first of K parts is read.</summary>
        public ArrayView<float> Table;

        /// <summary>Of each slot, written [U, D]; 0 where there are no rows, and behind the last slot.</summary>
        public ArrayView<float> Means;

        /// <summary>Their gradient [U, D].</summary>
        public ArrayView<float> MeanGradient;

        /// <summary>The slot of each token; -1 of one that is not in the batch. Written [V].</summary>
        public ArrayView<int> SlotOfToken;

        /// <summary>Scratch [M]: 1 for a row that the batch reads, else 0.</summary>
        public ArrayView<int> Marks;

        /// <summary>How many rows the batch reads, written [1].</summary>
        public ArrayView<int> Count;

        /// <summary>Which, ascending, written [at least <see cref="Count"/>].</summary>
        public ArrayView<int> Numbers;

        /// <summary>Where each is in <see cref="Bags.RowNumbers"/>, written likewise.</summary>
        public ArrayView<int> Places;

        /// <summary>Gradient of these rows, written [most, D]; 0 behind the last.</summary>
        public ArrayView<float> RowGradient;

        /// <summary>Tokens V.</summary>
        public int VocabularySize;

        /// <summary>Rows that some token reads M.</summary>
        public int RowCount;

        /// <summary>U, the most slots that the batch can have.</summary>
        public int MaxSlots;

        /// <summary>The most rows that the batch can read.</summary>
        public int MaxRows;

        /// <summary>Columns of the table D.</summary>
        public int Columns;

        /// <summary>Parts of a row of it K.</summary>
        public int Parts;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
        new Delegate[] { LocateKernel, MarkKernel, NumberKernel, MeanKernel, GradientKernel }
            .Select(kernel => new KernelInstance(kernel, ComputeDevice.LargestGroup));

    /// <summary>A thread writes a number of the means.</summary>
    [DeviceKernel]
    internal static void MeanKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.MaxSlots * a.Columns)
            return;
        var (slot, column) = (index / a.Columns, index % a.Columns);
        var mean = 0f;
        if (slot < a.SlotCount[0])
        {
            var token = a.SlotTokens[slot];
            var (begin, end) = (a.Bags.TokenStarts[token], a.Bags.TokenStarts[token + 1]);
            for (var n = begin; n < end; n++)
                mean += a.Table[a.Bags.TokenRows[n] * a.Parts * a.Columns + column];
            mean *= a.Bags.TokenShares[token];
        }

        a.Means[index] = mean;
    }

    /// <summary>A thread writes a number of the rows' gradient.</summary>
    [DeviceKernel]
    internal static void GradientKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.MaxRows * a.Columns)
            return;
        var row = index / a.Columns;
        var column = index - row * a.Columns; // ptxas would divide in the loop for a remainder
        var sum = 0f;
        if (row < a.Count[0])
        {
            var place = a.Places[row];
            var end = a.Bags.RowStarts[place + 1];
            for (var n = a.Bags.RowStarts[place]; n < end; n++)
            {
                var token = a.Bags.RowTokens[n];
                var slot = a.SlotOfToken[token];
                if (slot >= 0)
                    sum += a.Bags.TokenShares[token] * a.MeanGradient[slot * a.Columns + column];
            }
        }

        a.RowGradient[index] = sum;
    }

    /// <summary>Queues the means; reads slots and table.</summary>
    public static void Forward(ComputeDevice device, Arguments arguments)
    {
        var elements = arguments.MaxSlots * arguments.Columns;
        device.LaunchElementwise(MeanKernel, arguments, elements, KernelWork.Of(elements));
    }

    /// <summary>Queues the rows' gradient, after <see cref="FindRows"/>; reads the means' gradient.</summary>
    public static void Backward(ComputeDevice device, Arguments arguments)
    {
        var elements = arguments.MaxRows * arguments.Columns;
        if (elements > 0)
            device.LaunchElementwise(GradientKernel, arguments, elements, KernelWork.Of(elements));
    }
}
