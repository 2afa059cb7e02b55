using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// Multiplies rows by the factors of a <see cref="DropoutMask"/> (Srivastava et al. 2014), forward, and their gradients by the
/// same ones, backward: they are drawn again rather than kept.
/// </summary>
/// <remarks>Source and target may be the same. A thread writes four columns of one row.</remarks>
public static partial class Dropout
{
    /// <summary>Arguments of the kernels.</summary>
    public struct Arguments
    {
        /// <summary>What is multiplied [.., columns].</summary>
        public ArrayView<float> Source;

        /// <summary>
        /// Written: the products, in the rows' own places, or of <see cref="Factors"/> the factors [.., columns].
        /// </summary>
        public ArrayView<float> Target;

        /// <summary>But of <see cref="ListedRows"/>: the number by which the factors of each row are drawn [B].</summary>
        public ArrayView<int> Places;

        /// <summary>Of <see cref="ListedRows"/>: which rows, each once [at least <see cref="RowCount"/>].</summary>
        public ArrayView<int> Rows;

        /// <summary>Of <see cref="ListedRows"/>: how many [1].</summary>
        public ArrayView<int> RowCount;

        /// <summary>Of <see cref="LastSteps"/>: steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>The factors.</summary>
        public DropoutMask Mask;

        /// <summary>Rows of a batch B; of <see cref="ListedRows"/> the most there may be.</summary>
        public int Count;

        /// <summary>Time steps T; 1 where there are none.</summary>
        public int Steps;

        /// <summary>Columns of a row.</summary>
        public int Columns;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(EveryStepKernel, ComputeDevice.LargestGroup),
        new(LastStepsKernel, ComputeDevice.LargestGroup),
        new(ListedRowsKernel, ComputeDevice.LargestGroup),
        new(FactorsKernel, ComputeDevice.LargestGroup),
    ];

    /// <summary>All rows of all time steps: position t B + b has the factors of row b's place at step t.</summary>
    [DeviceKernel]
    internal static void EveryStepKernel(Arguments a)
    {
        var (position, quad) = PlaceOf(a);
        if (position < a.Count * a.Steps)
            Multiply(a, position, position, quad, a.Mask.Factors(a.Places[position % a.Count], position / a.Count, quad));
    }

    /// <summary>Row b of the target has the last step of row b; 0 where it has none.</summary>
    [DeviceKernel]
    internal static void LastStepsKernel(Arguments a)
    {
        var (row, quad) = PlaceOf(a);
        if (row >= a.Count)
            return;
        var length = a.Lengths[row];
        var factors = a.Mask.Factors(a.Places[row], 0, quad);
        if (length > 0)
            Multiply(a, (length - 1) * a.Count + row, row, quad, factors);
        else
            Write(a, row, quad, default);
    }

    /// <summary>The rows of a list; each has the factors of its own number.</summary>
    [DeviceKernel]
    internal static void ListedRowsKernel(Arguments a)
    {
        var (place, quad) = PlaceOf(a);
        if (place >= a.RowCount[0])
            return;
        var row = a.Rows[place];
        Multiply(a, row, row, quad, a.Mask.Factors(row, 0, quad));
    }

    /// <summary>The factors alone.</summary>
    [DeviceKernel]
    internal static void FactorsKernel(Arguments a)
    {
        var (row, quad) = PlaceOf(a);
        if (row < a.Count)
            Write(a, row, quad, a.Mask.Factors(a.Places[row], 0, quad));
    }

    /// <summary>Queues <see cref="EveryStepKernel"/>.</summary>
    public static void EveryStep(ComputeDevice device, Arguments arguments) =>
        Launch(device, EveryStepKernel, arguments, arguments.Count * arguments.Steps);

    /// <summary>Queues <see cref="LastStepsKernel"/>.</summary>
    public static void LastSteps(ComputeDevice device, Arguments arguments) =>
        Launch(device, LastStepsKernel, arguments, arguments.Count);

    /// <summary>Queues <see cref="ListedRowsKernel"/>.</summary>
    public static void ListedRows(ComputeDevice device, Arguments arguments) =>
        Launch(device, ListedRowsKernel, arguments, arguments.Count);

    /// <summary>Queues <see cref="FactorsKernel"/>.</summary>
    public static void Factors(ComputeDevice device, Arguments arguments) =>
        Launch(device, FactorsKernel, arguments, arguments.Count);

    private static int Quads(int columns) => (columns + 3) / 4;

    private static (int Row, int Quad) PlaceOf(Arguments a)
    {
        var quads = Quads(a.Columns);
        return (Grid.GlobalIndex.X / quads, Grid.GlobalIndex.X % quads);
    }

    private static void Multiply(Arguments a, int sourceRow, int targetRow, int quad, Quad factors)
    {
        var (source, columns) = (sourceRow * a.Columns + 4 * quad, a.Columns - 4 * quad);
        Quad values = default;
        values.X = a.Source[source] * factors.X;
        if (columns > 1)
            values.Y = a.Source[source + 1] * factors.Y;
        if (columns > 2)
            values.Z = a.Source[source + 2] * factors.Z;
        if (columns > 3)
            values.W = a.Source[source + 3] * factors.W;
        Write(a, targetRow, quad, values);
    }

    private static void Write(Arguments a, int row, int quad, Quad values)
    {
        var (target, columns) = (row * a.Columns + 4 * quad, a.Columns - 4 * quad);
        a.Target[target] = values.X;
        if (columns > 1)
            a.Target[target + 1] = values.Y;
        if (columns > 2)
            a.Target[target + 2] = values.Z;
        if (columns > 3)
            a.Target[target + 3] = values.W;
    }

    private static void Launch(ComputeDevice device, Action<Arguments> kernel, Arguments arguments, int rows)
    {
        if (rows > 0)
        {
            device.LaunchElementwise(
                kernel, arguments, rows * Quads(arguments.Columns), KernelWork.Of(2L * rows * arguments.Columns));
        }
    }
}
