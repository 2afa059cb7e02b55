using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>The rows that a batch reads, each once.</summary>
public static partial class EmbeddingBag
{
    /// <summary>Finds each token's slot; a thread a token.</summary>
    [DeviceKernel]
    internal static void LocateKernel(Arguments a)
    {
        var token = Grid.GlobalIndex.X;
        if (token >= a.VocabularySize)
            return;
        var (low, high) = (0, a.SlotCount[0]);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (a.SlotTokens[middle] < token)
                low = middle + 1;
            else
                high = middle;
        }

        var slot = -1;
        if (low < a.SlotCount[0] && a.SlotTokens[low] == token && a.SegmentStarts[low] < a.SegmentStarts[low + 1])
            slot = low;
        a.SlotOfToken[token] = slot;
    }

    /// <summary>Marks the rows that the batch reads; a thread a row that some token reads.</summary>
    [DeviceKernel]
    internal static void MarkKernel(Arguments a)
    {
        var place = Grid.GlobalIndex.X;
        if (place >= a.RowCount)
            return;
        var mark = 0;
        var end = a.Bags.RowStarts[place + 1];
        for (var n = a.Bags.RowStarts[place]; n < end; n++)
        {
            if (a.SlotOfToken[a.Bags.RowTokens[n]] >= 0)
                mark = 1;
        }

        a.Marks[place] = mark;
    }

    /// <summary>Lists the marked rows in ascending order; one group, each thread a range of the rows.</summary>
    [DeviceKernel]
    internal static void NumberKernel(Arguments a)
    {
        var sums = SharedMemory.Allocate<int>(ComputeDevice.LargestGroup);
        var (thread, threads) = (Group.IdxX, Group.DimX);
        var range = (a.RowCount + threads - 1) / threads;
        var begin = thread * range;
        var end = begin + range < a.RowCount ? begin + range : a.RowCount;
        var count = 0;
        for (var place = begin; place < end; place++)
            count += a.Marks[place];
        var row = PrefixSum.Before(sums, count);
        if (thread == threads - 1)
            a.Count[0] = row + count;
        for (var place = begin; place < end; place++)
        {
            if (a.Marks[place] == 0)
                continue;
            a.Numbers[row] = a.Bags.RowNumbers[place];
            a.Places[row] = place;
            row++;
        }
    }

    /// <summary>Queues what finds the rows that a batch reads.</summary>
    public static void FindRows(ComputeDevice device, Arguments arguments)
    {
        device.LaunchElementwise(LocateKernel, arguments, arguments.VocabularySize, KernelWork.Of(arguments.VocabularySize));
        if (arguments.RowCount > 0)
            device.LaunchElementwise(MarkKernel, arguments, arguments.RowCount, KernelWork.Of(2L * arguments.RowCount));
        device.Launch(
            NumberKernel, arguments, new Index3D(1, 1, 1), new Index3D(device.MaxGroupSize, 1, 1),
            KernelWork.Of(2L * arguments.RowCount));
    }
}
