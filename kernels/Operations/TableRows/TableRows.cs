using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Fetches from a large table the rows that a batch reads, and puts them back: what is done in between, such as a step of an
/// optimizer, takes the time of the batch's rows rather than of the table's.
/// </summary>
/// <remarks>
/// Each row of the table has K parts of C numbers: for example its parameters, and then what the optimizer remembers of them. A
/// launch moves one part of all rows in the list. No row is in it twice, so that every number has one writer.
/// </remarks>
public static partial class TableRows
{
    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>The table [R, K, C].</summary>
        public ArrayView<float> Table;

        /// <summary>Which rows of it, each once [at least <see cref="Count"/>].</summary>
        public ArrayView<int> Numbers;

        /// <summary>How many [1], U at most.</summary>
        public ArrayView<int> Count;

        /// <summary>One part of these rows, one behind the other [U, C]; fetched ones are 0 behind the last.</summary>
        public ArrayView<float> Rows;

        /// <summary>U, the most rows there may be.</summary>
        public int MaxRows;

        /// <summary>Numbers of a part C.</summary>
        public int Columns;

        /// <summary>Parts of a row K.</summary>
        public int Parts;

        /// <summary>Which of them, from 0.</summary>
        public int Part;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
        [new(FetchKernel, ComputeDevice.LargestGroup), new(PutBackKernel, ComputeDevice.LargestGroup)];

    /// <summary>A thread writes a number of the rows.</summary>
    [DeviceKernel]
    internal static void FetchKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.MaxRows * a.Columns)
            return;
        var row = index / a.Columns;
        a.Rows[index] = row < a.Count[0] ? a.Table[PlaceOf(a, row, index % a.Columns)] : 0f;
    }

    /// <summary>A thread writes a number of the table.</summary>
    [DeviceKernel]
    internal static void PutBackKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        var row = index / a.Columns;
        if (row < a.Count[0])
            a.Table[PlaceOf(a, row, index % a.Columns)] = a.Rows[index];
    }

    /// <summary>Queues <see cref="FetchKernel"/>.</summary>
    public static void Fetch(ComputeDevice device, Arguments arguments) => Launch(device, FetchKernel, arguments);

    /// <summary>Queues <see cref="PutBackKernel"/>.</summary>
    public static void PutBack(ComputeDevice device, Arguments arguments) => Launch(device, PutBackKernel, arguments);

    private static int PlaceOf(Arguments a, int row, int column) =>
        (a.Numbers[row] * a.Parts + a.Part) * a.Columns + column;

    private static void Launch(ComputeDevice device, Action<Arguments> kernel, Arguments arguments)
    {
        var elements = arguments.MaxRows * arguments.Columns;
        device.LaunchElementwise(kernel, arguments, elements, KernelWork.Of(2L * elements));
    }
}
