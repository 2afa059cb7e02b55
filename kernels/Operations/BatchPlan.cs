using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// What the other operations need to know of a batch, made on the device from data that was uploaded once: the batch's distinct
/// tokens are numbered as slots, so that the input half of the gates is computed once a slot, and the positions are sorted by
/// slot, so that its gradients are summed in a fixed order.
/// </summary>
/// <remarks>
/// A row's steps are sorted by token beforehand, so a token's steps in a row are found by two binary searches, and where they go
/// by adding up. Every number has one value whatever the order of the threads. A small vocabulary is not numbered: each of its
/// tokens is its own slot. Positions are numbered t B + b; only the steps that run count.
/// </remarks>
public static partial class BatchPlan
{
    /// <summary>Up to so many tokens, each is its own slot: numbering would cost more than the rows it saves.</summary>
    public const int MostUnnumbered = 1024;

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Tokens of the data set, each row's running steps sorted by token [N, W].</summary>
        public ArrayView<int> SortedTokens;

        /// <summary>The steps they stand at [N, W].</summary>
        public ArrayView<int> SortedSteps;

        /// <summary>Steps that each row of the data set runs [N], 0 to W.</summary>
        public ArrayView<int> RowLengths;

        /// <summary>0 or 1 for each row of the data set [N].</summary>
        public ArrayView<float> RowLabels;

        /// <summary>The batch's rows [B].</summary>
        public ArrayView<int> BatchRows;

        /// <summary>Steps that each row runs, written [B].</summary>
        public ArrayView<int> Lengths;

        /// <summary>0 or 1 for each row, written [B].</summary>
        public ArrayView<float> Labels;

        /// <summary>The slot of each position that runs, written [T, B].</summary>
        public ArrayView<int> Slots;

        /// <summary>The number of slots, written [1].</summary>
        public ArrayView<int> SlotCount;

        /// <summary>The token of each slot, written [U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>Where each slot's segment of <see cref="SortedPositions"/> begins, and where the last ends, written [U + 1].</summary>
        public ArrayView<int> SegmentStarts;

        /// <summary>The positions that run, sorted by slot, within a slot by row and step, written [P].</summary>
        public ArrayView<int> SortedPositions;

        /// <summary>Where each slot's chunks begin, and where the last ends, written [U + 1]: see <see cref="EmbeddingLookup"/>.</summary>
        public ArrayView<int> ChunkStarts;

        /// <summary>The slot of each chunk, written.</summary>
        public ArrayView<int> ChunkSlots;

        /// <summary>The slot of each token, scratch [V]; 0 before a vocabulary's tokens are numbered, and afterwards.</summary>
        public ArrayView<int> SlotOfToken;

        /// <summary>Scratch [B, U]: a slot's steps in a row, then how many of them come in the rows before.</summary>
        public ArrayView<int> Counts;

        /// <summary>Scratch [B, U]: where a slot's steps begin among its row's sorted ones.</summary>
        public ArrayView<int> RunStarts;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>W.</summary>
        public int Width;

        /// <summary>V.</summary>
        public int VocabularySize;

        /// <summary>U, the most slots there can be.</summary>
        public int MostSlots;
    }

    /// <summary>Marks the batch's tokens; a thread an element of [B, W].</summary>
    [DeviceKernel]
    internal static void MarkKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.Width)
            return;
        var row = a.BatchRows[index / a.Width];
        var place = index % a.Width;
        if (place < a.RowLengths[row])
            Atomic.Or(ref a.SlotOfToken[a.SortedTokens[row * a.Width + place]], 1);
    }

    /// <summary>Numbers the marked tokens in ascending order, in one group: each thread a range of the vocabulary.</summary>
    [DeviceKernel]
    internal static void NumberKernel(Arguments a)
    {
        var sums = SharedMemory.Allocate<int>(MaxGroupSize);
        var (thread, threads) = (Group.IdxX, Group.DimX);
        var range = (a.VocabularySize + threads - 1) / threads;
        var begin = thread * range;
        var end = begin + range < a.VocabularySize ? begin + range : a.VocabularySize;
        var count = 0;
        for (var token = begin; token < end; token++)
            count += a.SlotOfToken[token];
        var slot = SumBefore(sums, count);
        if (thread == threads - 1)
            a.SlotCount[0] = slot + count;
        for (var token = begin; token < end; token++)
        {
            if (a.SlotOfToken[token] == 0)
                continue;
            a.SlotTokens[slot] = token;
            a.SlotOfToken[token] = slot;
            slot++;
        }
    }

    /// <summary>Finds each slot's steps in each row; a thread an element of [B, U].</summary>
    [DeviceKernel]
    internal static void CountKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.MostSlots)
            return;
        var slot = index % a.MostSlots;
        var row = a.BatchRows[index / a.MostSlots];
        var token = slot;
        if (a.VocabularySize > MostUnnumbered)
            token = slot < a.SlotCount[0] ? a.SlotTokens[slot] : a.VocabularySize;
        else if (index == slot)
            a.SlotTokens[slot] = token;
        if (index == 0 && a.VocabularySize <= MostUnnumbered)
            a.SlotCount[0] = a.VocabularySize;
        var (first, length) = (row * a.Width, a.RowLengths[row]);
        var start = CountBelow(a.SortedTokens, first, length, token);
        a.RunStarts[index] = start;
        a.Counts[index] = CountBelow(a.SortedTokens, first, length, token + 1) - start;
    }

    /// <summary>Counts become the steps of the rows before, and the sum a slot's segment; a thread a slot.</summary>
    [DeviceKernel]
    internal static void OffsetKernel(Arguments a)
    {
        var slot = Grid.GlobalIndex.X;
        if (slot >= a.MostSlots)
            return;
        var sum = 0;
        for (var row = 0; row < a.Rows; row++)
        {
            var count = a.Counts[row * a.MostSlots + slot];
            sum += count;
            a.Counts[row * a.MostSlots + slot] = sum - count; // by way of count: see docs/ilgpu.md on loads that ILGPU moves
        }

        a.SegmentStarts[slot] = sum;
    }

    /// <summary>Segments' lengths become their starts, and so do the chunks'; one group, each thread a range of the slots.</summary>
    [DeviceKernel]
    internal static void StartKernel(Arguments a)
    {
        var positionSums = SharedMemory.Allocate<int>(MaxGroupSize);
        var chunkSums = SharedMemory.Allocate<int>(MaxGroupSize);
        var (thread, threads) = (Group.IdxX, Group.DimX);
        var range = (a.MostSlots + threads - 1) / threads;
        var begin = thread * range;
        var end = begin + range < a.MostSlots ? begin + range : a.MostSlots;
        var (position, chunk) = (0, 0);
        for (var slot = begin; slot < end; slot++)
        {
            position += a.SegmentStarts[slot];
            chunk += ChunksOf(a.SegmentStarts[slot]);
        }

        position = SumBefore(positionSums, position);
        chunk = SumBefore(chunkSums, chunk);
        for (var slot = begin; slot < end; slot++)
        {
            var length = a.SegmentStarts[slot];
            position += length;
            a.SegmentStarts[slot] = position - length; // by way of length: see docs/ilgpu.md on loads that ILGPU moves
            a.ChunkStarts[slot] = chunk;
            for (var last = chunk + ChunksOf(length); chunk < last; chunk++)
                a.ChunkSlots[chunk] = slot;
        }

        if (thread == threads - 1)
        {
            a.SegmentStarts[a.MostSlots] = position;
            a.ChunkStarts[a.MostSlots] = chunk;
        }
    }

    /// <summary>Puts each position where it belongs; a thread an element of [B, W].</summary>
    [DeviceKernel]
    internal static void PlaceKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.Width)
            return;
        var b = index / a.Width;
        var row = a.BatchRows[b];
        var place = index % a.Width;
        if (place == 0)
        {
            a.Lengths[b] = a.RowLengths[row];
            a.Labels[b] = a.RowLabels[row];
        }

        if (place >= a.RowLengths[row])
            return;
        var slot = a.SortedTokens[row * a.Width + place];
        if (a.VocabularySize > MostUnnumbered)
            slot = a.SlotOfToken[slot];
        var position = a.SortedSteps[row * a.Width + place] * a.Rows + b;
        a.Slots[position] = slot;
        var entry = b * a.MostSlots + slot;
        a.SortedPositions[a.SegmentStarts[slot] + a.Counts[entry] + place - a.RunStarts[entry]] = position;
    }

    /// <summary>Takes the marks back; a thread a slot.</summary>
    [DeviceKernel]
    internal static void ForgetKernel(Arguments a)
    {
        var slot = Grid.GlobalIndex.X;
        if (slot < a.SlotCount[0])
            a.SlotOfToken[a.SlotTokens[slot]] = 0;
    }

    /// <summary>Whether the slots are the batch's own tokens rather than the whole vocabulary.</summary>
    public static bool IsNumbered(int vocabularySize) => vocabularySize > MostUnnumbered;

    /// <summary>The most slots that a batch can have.</summary>
    public static int MostSlots(int vocabularySize, int positions) =>
        !IsNumbered(vocabularySize) ? vocabularySize : Math.Max(1, Math.Min(vocabularySize, positions));

    /// <summary>Queues the kernels.</summary>
    public static void Prepare(ComputeDevice device, Arguments arguments)
    {
        var (positions, entries) = ((long)arguments.Rows * arguments.Width, (long)arguments.Rows * arguments.MostSlots);
        var numbered = IsNumbered(arguments.VocabularySize);
        if (numbered)
        {
            device.LaunchElementwise(MarkKernel, arguments, arguments.Rows * arguments.Width, KernelWork.Of(positions));
            device.LaunchElementwise(NumberKernel, arguments, 1, KernelWork.Of(2L * arguments.VocabularySize));
        }

        device.LaunchElementwise(CountKernel, arguments, arguments.Rows * arguments.MostSlots, KernelWork.Of(positions + 2 * entries));
        device.LaunchElementwise(OffsetKernel, arguments, arguments.MostSlots, KernelWork.Of(2 * entries));
        device.LaunchElementwise(StartKernel, arguments, 1, KernelWork.Of(4L * arguments.MostSlots));
        device.LaunchElementwise(PlaceKernel, arguments, arguments.Rows * arguments.Width, KernelWork.Of(7 * positions));
        if (numbered)
            device.LaunchElementwise(ForgetKernel, arguments, arguments.MostSlots, KernelWork.Of(2L * arguments.MostSlots));
    }

    // ComputeDevice.MaxGroupSize at its largest.
    private const int MaxGroupSize = 256;

    private static int ChunksOf(int positions) => (positions + EmbeddingLookup.ChunkPositions - 1) / EmbeddingLookup.ChunkPositions;

    /// <summary>The sum of the values of the group's threads before this one (Hillis and Steele 1986).</summary>
    private static int SumBefore(ArrayView<int> sums, int value)
    {
        var thread = Group.IdxX;
        sums[thread] = value;
        Group.Barrier();
        for (var distance = 1; distance < Group.DimX; distance *= 2)
        {
            var sum = thread < distance ? 0 : sums[thread - distance];
            Group.Barrier();
            sums[thread] += sum;
            Group.Barrier();
        }

        return sums[thread] - value;
    }

    /// <summary>How many of a row's sorted tokens lie below <paramref name="token"/>.</summary>
    private static int CountBelow(ArrayView<int> tokens, int first, int length, int token)
    {
        var (low, high) = (0, length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (tokens[first + middle] < token)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
