using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Sums the rows of a gradient over the positions that read the same row of a table: the backward half of <c>nn.Embedding</c>.
/// The table is the gate table (<see cref="GateTable"/>), which <see cref="LstmSequence"/> reads at each position, or one of
/// those that <see cref="InputFeatures"/> reads.
/// </summary>
/// <remarks>
/// The sum has a fixed order: positions are sorted by row (<see cref="BatchIndex"/>), a row's segment is cut into chunks, a
/// thread adds a chunk from front to back, and <see cref="ColumnSum"/> the row's chunks. So no atomics, and the same bits each
/// time.
/// </remarks>
public static partial class SegmentSum
{
    /// <summary>Positions that a thread adds up in a row: more threads for tokens that occur often.</summary>
    public const int ChunkPositions = 32;

    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>Gradients of the rows as each position read them: the first columns of [P, stride].</summary>
        public ArrayView<float> OutputGradient;

        /// <summary>Positions sorted by the row they read, ascending within a row [≤ P].</summary>
        public ArrayView<int> SortedPositions;

        /// <summary>Where each row's segment of the sorted positions begins, and where the last ends [table rows + 1].</summary>
        public ArrayView<int> SegmentStarts;

        /// <summary>
        /// Where each row's chunks begin, and where the last ends [table rows + 1]: a chunk is <see cref="ChunkPositions"/>
        /// positions of a segment, or what is left.
        /// </summary>
        public ArrayView<int> ChunkStarts;

        /// <summary>The row of each chunk.</summary>
        public ArrayView<int> ChunkRows;

        /// <summary>A sum for each chunk, scratch [<see cref="MaxChunks"/>, columns].</summary>
        public ArrayView<float> ChunkSums;

        /// <summary>Gradient of the table, written [table rows, columns]; zero for a row that no position read.</summary>
        public ArrayView<float> TableGradient;

        /// <summary>P, the most positions there can be.</summary>
        public int Positions;

        /// <summary>Rows of the table.</summary>
        public int TableRows;

        /// <summary>Columns of the table.</summary>
        public int Columns;

        /// <summary>From a position's gradient to the next one's: the columns, or more.</summary>
        public int Stride;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(ChunksKernel, ComputeDevice.LargestGroup),
        new(SerialChunksKernel, GroupSize: 1),
        new(RowsKernel, ColumnSum.MaxThreads),
    ];

    /// <summary>A thread writes one column of one chunk's sum.</summary>
    [DeviceKernel]
    internal static void ChunksKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        var chunk = index / a.Columns;
        var column = index % a.Columns;
        if (chunk >= a.ChunkStarts[a.TableRows])
            return;
        var row = a.ChunkRows[chunk];
        var (begin, end) = Range(a.SegmentStarts, a.ChunkStarts, chunk, row);
        var sum = 0f;
        for (var s = begin; s < end; s++)
            sum += a.OutputGradient[a.SortedPositions[s] * a.Stride + column];
        a.ChunkSums[index] = sum;
    }

    /// <summary>The same for a device that is a processor: a thread writes a chunk's sum.</summary>
    [DeviceKernel]
    internal static void SerialChunksKernel(Arguments a)
    {
        var chunk = Grid.GlobalIndex.X;
        if (chunk >= a.ChunkStarts[a.TableRows])
            return;
        var row = a.ChunkRows[chunk];
        var (begin, end) = Range(a.SegmentStarts, a.ChunkStarts, chunk, row);
        Vectors.Clear(a.ChunkSums, chunk * a.Columns, a.Columns);
        for (var s = begin; s < end; s++)
            Vectors.Add(a.ChunkSums, chunk * a.Columns, a.OutputGradient, a.SortedPositions[s] * a.Stride, a.Columns);
    }

    /// <summary>The threads of a column of a group (see <see cref="ColumnSum"/>) write one column of one row.</summary>
    [DeviceKernel]
    internal static void RowsKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<float>(ColumnSum.MaxThreads);
        var index = Grid.IdxX * Group.DimX + Group.IdxX;
        var (row, column) = (index / a.Columns, index % a.Columns);
        var sum = 0f;
        if (row < a.TableRows)
        {
            var end = a.ChunkStarts[row + 1];
            for (var chunk = a.ChunkStarts[row] + Group.IdxY; chunk < end; chunk += Group.DimY)
                sum += a.ChunkSums[chunk * a.Columns + column];
        }

        sum = ColumnSum.Of(shared, sum);
        if (row < a.TableRows && Group.IdxY == 0)
            a.TableGradient[index] = sum;
    }

    /// <summary>A chunk's part of the sorted positions.</summary>
    internal static (int Begin, int End) Range(ArrayView<int> segmentStarts, ArrayView<int> chunkStarts, int chunk, int row)
    {
        var begin = segmentStarts[row] + (chunk - chunkStarts[row]) * ChunkPositions;
        var end = segmentStarts[row + 1];
        return (begin, end < begin + ChunkPositions ? end : begin + ChunkPositions);
    }

    /// <summary>The most chunks that <paramref name="positions"/> positions of <paramref name="rows"/> rows can have.</summary>
    public static int MaxChunks(int positions, int rows) => positions / ChunkPositions + rows;

    /// <summary>Queues the kernels.</summary>
    public static void Run(ComputeDevice device, Arguments arguments)
    {
        var (chunks, elements) =
            (MaxChunks(arguments.Positions, arguments.TableRows), (long)arguments.Positions * arguments.Columns);
        if (device.RunsGroupsSerially)
        {
            device.Launch(
                SerialChunksKernel, arguments, new Index3D(chunks, 1, 1), new Index3D(1, 1, 1),
                KernelWork.Of(elements, elements));
        }
        else
            device.LaunchElementwise(ChunksKernel, arguments, chunks * arguments.Columns, KernelWork.Of(elements, elements));
        device.LaunchColumnSums(
            RowsKernel, arguments, arguments.TableRows * arguments.Columns,
            KernelWork.Of((long)arguments.TableRows * arguments.Columns));
    }
}
