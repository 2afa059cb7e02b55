using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// What the other operations need to know of a batch, made on the device from data that was uploaded once, for several batches
/// at a time: few launches, whatever the number of batches. A batch's distinct
/// tokens are compacted: each is a slot, so that the input half of the gates is computed once a slot, and the positions are
/// sorted by slot, so that its gradients are summed in a fixed order.
/// </summary>
/// <remarks>
/// A row's steps are sorted by token beforehand, so a token's steps in a row are found by two binary searches, and where they go
/// by adding up. Every number has one value whatever the order of the threads. A small vocabulary is not compacted: each of its
/// tokens is its own slot. Positions are numbered t B + b; only the steps that run count.
/// </remarks>
public static partial class BatchIndex
{
    /// <summary>Up to so many tokens, each is its own slot: compacting would cost more than the rows it saves.</summary>
    public const int MaxUncompacted = 1024;

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Tokens of the data set, each row's running steps sorted by token [N, W].</summary>
        public ArrayView<int> SortedTokens;

        /// <summary>The steps they stand at [N, W].</summary>
        public ArrayView<int> SortedSteps;

        /// <summary>Steps that each row of the data set runs [N], 0 to W.</summary>
        public ArrayView<int> RowLengths;

        /// <summary>The class of each row, from 0 of the data set [N].</summary>
        public ArrayView<int> RowLabels;

        /// <summary>The batches' rows, batch after batch, B of them each but perhaps the last [window rows].</summary>
        public ArrayView<int> BatchRows;

        /// <summary>Steps that each of these rows runs, written [window rows].</summary>
        public ArrayView<int> Lengths;

        /// <summary>0 or 1 for each of these rows, written [window rows].</summary>
        public ArrayView<int> Labels;

        /// <summary>The slot of each position that runs, written; in each batch's part [T, B] of [batches, W B].</summary>
        public ArrayView<int> Slots;

        /// <summary>The number of slots, written [batches].</summary>
        public ArrayView<int> SlotCount;

        /// <summary>The token of each slot, written [batches, U].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>
        /// Where each slot's segment of <see cref="SortedPositions"/> begins, and where the last ends, written [batches, U + 1].
        /// </summary>
        public ArrayView<int> SegmentStarts;

        /// <summary>The positions that run, sorted by slot, within a slot by row and step, written [batches, W B].</summary>
        public ArrayView<int> SortedPositions;

        /// <summary>
        /// Where each slot's chunks begin, and where the last ends, written [batches, U + 1]: see <see cref="SegmentSum"/>.
        /// </summary>
        public ArrayView<int> ChunkStarts;

        /// <summary>The slot of each chunk, written [batches, chunks].</summary>
        public ArrayView<int> ChunkSlots;

        /// <summary>The slot of each token, scratch [batches, V]; 0 before the tokens are compacted, and afterwards.</summary>
        public ArrayView<int> SlotOfToken;

        /// <summary>Scratch [window rows, U]: a slot's steps in a row, then how many of them come in the rows before.</summary>
        public ArrayView<int> Counts;

        /// <summary>Scratch [window rows, U]: where a slot's steps begin among its row's sorted ones.</summary>
        public ArrayView<int> RunStarts;

        /// <summary>R, the rows of all batches.</summary>
        public int Rows;

        /// <summary>Rows of a batch B.</summary>
        public int BatchSize;

        /// <summary>Steps of the longest row of the data set W.</summary>
        public int Width;

        /// <summary>Rows of the embedding V.</summary>
        public int VocabularySize;

        /// <summary>U, the most slots that a batch can have.</summary>
        public int MaxSlots;

        /// <summary>The most chunks that a batch can have.</summary>
        public int MaxChunks;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
        new Delegate[] { MarkKernel, CompactKernel, CountKernel, OffsetKernel, StartKernel, PlaceKernel, ForgetKernel }
            .Select(kernel => new KernelInstance(kernel, ComputeDevice.LargestGroup));

    /// <summary>Marks the batches' tokens; a thread an element of [window rows, W].</summary>
    [DeviceKernel]
    internal static void MarkKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.Width)
            return;
        var (r, place) = (index / a.Width, index % a.Width);
        var row = a.BatchRows[r];
        if (place < a.RowLengths[row])
            Atomic.Or(ref a.SlotOfToken[r / a.BatchSize * a.VocabularySize + a.SortedTokens[row * a.Width + place]], 1);
    }

    /// <summary>Numbers the marked tokens in ascending order; a group a batch, each thread a range of the vocabulary.</summary>
    [DeviceKernel]
    internal static void CompactKernel(Arguments a)
    {
        var sums = SharedMemory.Allocate<int>(ComputeDevice.LargestGroup);
        var (batch, thread, threads) = (Grid.IdxX, Group.IdxX, Group.DimX);
        var (tokens, slots) = (batch * a.VocabularySize, batch * a.MaxSlots);
        var range = (a.VocabularySize + threads - 1) / threads;
        var begin = thread * range;
        var end = begin + range < a.VocabularySize ? begin + range : a.VocabularySize;
        var count = 0;
        for (var token = begin; token < end; token++)
            count += a.SlotOfToken[tokens + token];
        var slot = PrefixSum.Before(sums, count);
        if (thread == threads - 1)
            a.SlotCount[batch] = slot + count;
        for (var token = begin; token < end; token++)
        {
            if (a.SlotOfToken[tokens + token] == 0)
                continue;
            a.SlotTokens[slots + slot] = token;
            a.SlotOfToken[tokens + token] = slot;
            slot++;
        }
    }

    /// <summary>Finds each slot's steps in each row; a thread an element of [window rows, U].</summary>
    [DeviceKernel]
    internal static void CountKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.MaxSlots)
            return;
        var (r, slot) = (index / a.MaxSlots, index % a.MaxSlots);
        var batch = r / a.BatchSize;
        var row = a.BatchRows[r];
        var token = slot;
        if (IsCompacted(a.VocabularySize))
        {
            token = slot < a.SlotCount[batch] ? a.SlotTokens[batch * a.MaxSlots + slot] : a.VocabularySize;
        }
        else if (r % a.BatchSize == 0)
        {
            a.SlotTokens[batch * a.MaxSlots + slot] = token;
            if (slot == 0)
                a.SlotCount[batch] = a.VocabularySize;
        }

        var (first, length) = (row * a.Width, a.RowLengths[row]);
        var start = CountBelow(a.SortedTokens, first, length, token);
        a.RunStarts[index] = start;
        a.Counts[index] = CountBelow(a.SortedTokens, first, length, token + 1) - start;
    }

    /// <summary>Counts become the steps of the rows before, and the sum a slot's segment; a thread a slot of a batch.</summary>
    [DeviceKernel]
    internal static void OffsetKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        var (batch, slot) = (index / a.MaxSlots, index % a.MaxSlots);
        if (batch * a.BatchSize >= a.Rows)
            return;
        var sum = 0;
        var end = (batch + 1) * a.BatchSize < a.Rows ? (batch + 1) * a.BatchSize : a.Rows;
        for (var r = batch * a.BatchSize; r < end; r++)
        {
            var count = a.Counts[r * a.MaxSlots + slot];
            sum += count;
            a.Counts[r * a.MaxSlots + slot] = sum - count; // by way of count: see docs/ilgpu.md on loads that ILGPU moves
        }

        a.SegmentStarts[batch * (a.MaxSlots + 1) + slot] = sum;
    }

    /// <summary>
    /// Segments' lengths become their starts, and so do the chunks'; a group a batch, each thread a range of the slots.
    /// </summary>
    [DeviceKernel]
    internal static void StartKernel(Arguments a)
    {
        var positionSums = SharedMemory.Allocate<int>(ComputeDevice.LargestGroup);
        var chunkSums = SharedMemory.Allocate<int>(ComputeDevice.LargestGroup);
        var (batch, thread, threads) = (Grid.IdxX, Group.IdxX, Group.DimX);
        var (starts, chunks) = (batch * (a.MaxSlots + 1), batch * a.MaxChunks);
        var range = (a.MaxSlots + threads - 1) / threads;
        var begin = thread * range;
        var end = begin + range < a.MaxSlots ? begin + range : a.MaxSlots;
        var (position, chunk) = (0, 0);
        for (var slot = begin; slot < end; slot++)
        {
            position += a.SegmentStarts[starts + slot];
            chunk += ChunksOf(a.SegmentStarts[starts + slot]);
        }

        position = PrefixSum.Before(positionSums, position);
        chunk = PrefixSum.Before(chunkSums, chunk);
        for (var slot = begin; slot < end; slot++)
        {
            var length = a.SegmentStarts[starts + slot];
            position += length;
            a.SegmentStarts[starts + slot] = position - length; // by way of length: see docs/ilgpu.md on loads that ILGPU moves
            a.ChunkStarts[starts + slot] = chunk;
            for (var last = chunk + ChunksOf(length); chunk < last; chunk++)
                a.ChunkSlots[chunks + chunk] = slot;
        }

        if (thread == threads - 1)
        {
            a.SegmentStarts[starts + a.MaxSlots] = position;
            a.ChunkStarts[starts + a.MaxSlots] = chunk;
        }
    }

    /// <summary>Puts each position where it belongs; a thread an element of [window rows, W].</summary>
    [DeviceKernel]
    internal static void PlaceKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Rows * a.Width)
            return;
        var (r, place) = (index / a.Width, index % a.Width);
        var row = a.BatchRows[r];
        if (place == 0)
        {
            a.Lengths[r] = a.RowLengths[row];
            a.Labels[r] = a.RowLabels[row];
        }

        if (place >= a.RowLengths[row])
            return;
        var batch = r / a.BatchSize;
        var rowsInBatch = (batch + 1) * a.BatchSize < a.Rows ? a.BatchSize : a.Rows - batch * a.BatchSize;
        var slot = a.SortedTokens[row * a.Width + place];
        if (IsCompacted(a.VocabularySize))
            slot = a.SlotOfToken[batch * a.VocabularySize + slot];
        var position = a.SortedSteps[row * a.Width + place] * rowsInBatch + r % a.BatchSize;
        var positions = batch * a.BatchSize * a.Width;
        a.Slots[positions + position] = slot;
        var entry = r * a.MaxSlots + slot;
        var sorted = a.SegmentStarts[batch * (a.MaxSlots + 1) + slot] + a.Counts[entry] + place - a.RunStarts[entry];
        a.SortedPositions[positions + sorted] = position;
    }

    /// <summary>Takes the marks back; a thread a slot of a batch.</summary>
    [DeviceKernel]
    internal static void ForgetKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        var (batch, slot) = (index / a.MaxSlots, index % a.MaxSlots);
        if (batch * a.BatchSize < a.Rows && slot < a.SlotCount[batch])
            a.SlotOfToken[batch * a.VocabularySize + a.SlotTokens[index]] = 0;
    }

    /// <summary>Whether the slots are the batch's own tokens rather than the whole vocabulary.</summary>
    public static bool IsCompacted(int vocabularySize) => vocabularySize > MaxUncompacted;

    /// <summary>The most slots that a batch can have.</summary>
    public static int MaxSlots(int vocabularySize, int positions) =>
        !IsCompacted(vocabularySize) ? vocabularySize : Math.Max(1, Math.Min(vocabularySize, positions));

    /// <summary>Queues the kernels.</summary>
    public static void Prepare(ComputeDevice device, Arguments arguments)
    {
        var (positions, entries) = ((long)arguments.Rows * arguments.Width, (long)arguments.Rows * arguments.MaxSlots);
        var batches = (arguments.Rows + arguments.BatchSize - 1) / arguments.BatchSize;
        var compacted = IsCompacted(arguments.VocabularySize);
        if (compacted)
        {
            device.LaunchElementwise(MarkKernel, arguments, arguments.Rows * arguments.Width, KernelWork.Of(positions));
            LaunchGroups(CompactKernel, KernelWork.Of(2L * batches * arguments.VocabularySize));
        }

        device.LaunchElementwise(
            CountKernel, arguments, arguments.Rows * arguments.MaxSlots, KernelWork.Of(positions + 2 * entries));
        device.LaunchElementwise(OffsetKernel, arguments, batches * arguments.MaxSlots, KernelWork.Of(2 * entries));
        LaunchGroups(StartKernel, KernelWork.Of(4L * batches * arguments.MaxSlots));
        device.LaunchElementwise(PlaceKernel, arguments, arguments.Rows * arguments.Width, KernelWork.Of(7 * positions));
        if (compacted)
        {
            device.LaunchElementwise(
                ForgetKernel, arguments, batches * arguments.MaxSlots, KernelWork.Of(2L * batches * arguments.MaxSlots));
        }

        void LaunchGroups(Action<Arguments> kernel, KernelWork work) =>
            device.Launch(kernel, arguments, new Index3D(batches, 1, 1), new Index3D(device.MaxGroupSize, 1, 1), work);
    }

    private static int ChunksOf(int positions) => (positions + SegmentSum.ChunkPositions - 1) / SegmentSum.ChunkPositions;

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
