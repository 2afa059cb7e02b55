using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A weight gradient as a sum of outer products over all positions, after the loop over the steps:
/// <c>dW[m, n] = Σ_p left[p, m] right[p, n]</c>. For the recurrent weights left is the gate gradients of steps 1 to
/// T - 1 and right the hidden states of steps 0 to T - 2. It is a backward half; its forward half is the recurrent
/// product inside <see cref="LstmSequence"/>.
/// </summary>
/// <remarks>
/// Two stages in a fixed order, so no atomics and the same bits on every device and run: each slice of the positions is
/// summed by its own threads, then the slices from first to last.
/// </remarks>
public static class WeightGradient
{
    private const int PositionsPerSlice = 128;
    private const int MaxPartialElements = 1 << 22;

    /// <summary>Arguments of both kernels.</summary>
    public struct Arguments
    {
        /// <summary>Gradients of the product's results [P, M].</summary>
        public ArrayView<float> Left;

        /// <summary>The product's inputs [P, N].</summary>
        public ArrayView<float> Right;

        /// <summary>A sum for each slice, scratch of <see cref="ScratchLength"/> elements [S, M, N].</summary>
        public ArrayView<float> Partial;

        /// <summary>The weight gradient, written [M, N].</summary>
        public ArrayView<float> Gradient;

        /// <summary>P.</summary>
        public int Positions;

        /// <summary>M.</summary>
        public int LeftColumns;

        /// <summary>N.</summary>
        public int RightColumns;

        /// <summary>S; set by the launcher.</summary>
        internal int Slices;
    }

    /// <summary>A thread writes one (slice, m, n).</summary>
    [DeviceKernel]
    internal static void SliceKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        var elements = a.LeftColumns * a.RightColumns;
        if (index >= a.Slices * elements)
            return;
        var slice = index / elements;
        var m = index % elements / a.RightColumns;
        var n = index % a.RightColumns;
        var perSlice = (a.Positions + a.Slices - 1) / a.Slices;
        var begin = slice * perSlice;
        var end = begin + perSlice < a.Positions ? begin + perSlice : a.Positions;
        var sum = 0f;
        for (var p = begin; p < end; p++)
            sum += a.Left[p * a.LeftColumns + m] * a.Right[p * a.RightColumns + n];
        a.Partial[index] = sum;
    }

    /// <summary>A thread writes one (m, n).</summary>
    [DeviceKernel]
    internal static void SumSlicesKernel(Arguments a)
    {
        var index = Grid.GlobalIndex.X;
        var elements = a.LeftColumns * a.RightColumns;
        if (index >= elements)
            return;
        var sum = 0f;
        for (var slice = 0; slice < a.Slices; slice++)
            sum += a.Partial[slice * elements + index];
        a.Gradient[index] = sum;
    }

    /// <summary>Elements of <see cref="Arguments.Partial"/> for these shapes.</summary>
    public static long ScratchLength(int positions, int leftColumns, int rightColumns) =>
        (long)SliceCount(positions, leftColumns * rightColumns) * leftColumns * rightColumns;

    /// <summary>Queues both kernels.</summary>
    public static void Backward(ComputeDevice device, Arguments arguments)
    {
        var elements = arguments.LeftColumns * arguments.RightColumns;
        arguments.Slices = SliceCount(arguments.Positions, elements);
        device.LaunchElementwise(SliceKernel, arguments, arguments.Slices * elements);
        device.LaunchElementwise(SumSlicesKernel, arguments, elements);
    }

    private static int SliceCount(int positions, int elements) =>
        Math.Max(1, Math.Min((positions + PositionsPerSlice - 1) / PositionsPerSlice, MaxPartialElements / elements));

    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="left">[P, M].</param>
        /// <param name="right">[P, N].</param>
        /// <param name="positions">P.</param>
        /// <returns>The weight gradient [M, N].</returns>
        public static double[] Backward(double[] left, double[] right, int positions)
        {
            var (m, n) = (left.Length / positions, right.Length / positions);
            var gradient = new double[m * n];
            for (var p = 0; p < positions; p++)
            {
                for (var index = 0; index < gradient.Length; index++)
                    gradient[index] += left[p * m + index / n] * right[p * n + index % n];
            }

            return gradient;
        }
    }
}
