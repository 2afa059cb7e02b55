using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.TestKernels;

/// <summary>
/// Looks up the row of a table for each position, as <c>nn.Embedding</c> does. No engine launches it: <c>GateTable</c> reads the
/// embedding once a token instead. Benchmarks show what that saves.
/// </summary>
public static class EmbeddingLookup
{
    /// <summary>Arguments of the kernel; a thread writes one (position, column).</summary>
    public struct Arguments
    {
        /// <summary>The table [table rows, columns].</summary>
        public ArrayView<float> Table;

        /// <summary>The row each position looks up [P], 0 ≤ row &lt; table rows.</summary>
        public ArrayView<int> Rows;

        /// <summary>The looked-up rows, written [P, columns].</summary>
        public ArrayView<float> Output;

        /// <summary>Positions P.</summary>
        public int Positions;

        /// <summary>Columns of the table.</summary>
        public int Columns;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => [new(ForwardKernel, ComputeDevice.LargestGroup)];

    [DeviceKernel]
    internal static void ForwardKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Positions * a.Columns)
            return;
        a.Output[index] = a.Table[a.Rows[index / a.Columns] * a.Columns + index % a.Columns];
    }

    /// <summary>Queues the forward kernel.</summary>
    public static void Forward(ComputeDevice device, Arguments arguments) =>
        device.LaunchElementwise(
            ForwardKernel, arguments, arguments.Positions * arguments.Columns,
            KernelWork.Of(2L * arguments.Positions * arguments.Columns));

    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="table">[table rows, columns].</param>
        /// <param name="rows">The row each position looks up [P].</param>
        /// <param name="columns">Columns of the table.</param>
        /// <returns>The looked-up rows [P, columns].</returns>
        public static double[] Forward(double[] table, int[] rows, int columns) =>
            [.. rows.SelectMany(row => table.Skip(row * columns).Take(columns))];
    }
}
