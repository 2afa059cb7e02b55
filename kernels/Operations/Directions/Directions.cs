using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// What layers with a reverse direction need beside <see cref="LstmSequence"/>, which runs either direction: the lists by which a
/// row is run from its last step to its first, and the hidden states of both directions side by side.
/// </summary>
/// <remarks>
/// Positions are numbered t B + b. The reverse direction numbers its own steps so: its step s of a row of n steps is
/// t = n - 1 - s. Behind a row's end both are the same. Reversing twice changes nothing, so one list serves both ways.
/// </remarks>
public static class Directions
{
    /// <summary>Arguments of <see cref="Reverse"/>; a thread writes a position.</summary>
    public struct ReverseArguments
    {
        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>The slot of each position that runs [T, B].</summary>
        public ArrayView<int> Slots;

        /// <summary>The positions that run, sorted by slot [running].</summary>
        public ArrayView<int> SortedPositions;

        /// <summary>Each position in the order of the other direction, written [T, B].</summary>
        public ArrayView<int> ReversedPositions;

        /// <summary>The slots in the reverse direction's order, written where rows run [T, B].</summary>
        public ArrayView<int> ReversedSlots;

        /// <summary><see cref="SortedPositions"/> in the numbers of the reverse direction, written [running].</summary>
        public ArrayView<int> ReversedSortedPositions;

        /// <summary>T B, written [1].</summary>
        public ArrayView<int> PositionCount;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        /// <summary>How many positions run.</summary>
        public int Running;
    }

    /// <summary>Arguments of <see cref="Join"/> and <see cref="Split"/>; a thread moves one unit of one position.</summary>
    public struct FeatureArguments
    {
        /// <summary>Of the forward direction [P, H]: read by <see cref="Join"/>, written by <see cref="Split"/>.</summary>
        public ArrayView<float> Forward;

        /// <summary>Of the reverse direction, in its own order [P, H], likewise.</summary>
        public ArrayView<float> Reverse;

        /// <summary>The reverse direction's number of each position [P].</summary>
        public ArrayView<int> Positions;

        /// <summary>Both side by side [P, 2H]: written by <see cref="Join"/>, read by <see cref="Split"/>.</summary>
        public ArrayView<float> Features;

        /// <summary>Positions P.</summary>
        public int Count;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;
    }

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels =>
    [
        new(ReverseKernel, ComputeDevice.LargestGroup),
        new(JoinKernel, ComputeDevice.LargestGroup),
        new(SplitKernel, ComputeDevice.LargestGroup),
    ];

    /// <summary>The lists of a batch; a thread writes a position.</summary>
    [DeviceKernel]
    internal static void ReverseKernel(ReverseArguments a)
    {
        var position = Grid.GlobalIndex.X;
        if (position >= a.Rows * a.Steps)
            return;
        if (position == 0)
            a.PositionCount[0] = a.Rows * a.Steps;
        var reversed = ReversedOf(a, position);
        a.ReversedPositions[position] = reversed;
        if (position / a.Rows < a.Lengths[position % a.Rows])
            a.ReversedSlots[position] = a.Slots[reversed];
        if (position < a.Running)
            a.ReversedSortedPositions[position] = ReversedOf(a, a.SortedPositions[position]);
    }

    /// <summary>Hidden states side by side; a thread writes a unit of both directions.</summary>
    [DeviceKernel]
    internal static void JoinKernel(FeatureArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Count * a.HiddenSize)
            return;
        var (position, unit) = (index / a.HiddenSize, index % a.HiddenSize);
        var target = 2 * position * a.HiddenSize + unit;
        a.Features[target] = a.Forward[index];
        a.Features[target + a.HiddenSize] = a.Reverse[a.Positions[position] * a.HiddenSize + unit];
    }

    /// <summary>The way back: gradients apart; a thread writes a unit of both directions.</summary>
    [DeviceKernel]
    internal static void SplitKernel(FeatureArguments a)
    {
        var index = Grid.GlobalIndex.X;
        if (index >= a.Count * a.HiddenSize)
            return;
        var (position, unit) = (index / a.HiddenSize, index % a.HiddenSize);
        var source = 2 * position * a.HiddenSize + unit;
        a.Forward[index] = a.Features[source];
        a.Reverse[a.Positions[position] * a.HiddenSize + unit] = a.Features[source + a.HiddenSize];
    }

    /// <summary>Queues the lists of a batch.</summary>
    public static void Reverse(ComputeDevice device, ReverseArguments arguments)
    {
        var positions = arguments.Rows * arguments.Steps;
        if (positions > 0)
            device.LaunchElementwise(ReverseKernel, arguments, positions, KernelWork.Of(6L * positions));
    }

    /// <summary>Queues the hidden states of both directions side by side.</summary>
    public static void Join(ComputeDevice device, FeatureArguments arguments) => Launch(device, JoinKernel, arguments);

    /// <summary>Queues the way back.</summary>
    public static void Split(ComputeDevice device, FeatureArguments arguments) => Launch(device, SplitKernel, arguments);

    private static int ReversedOf(ReverseArguments a, int position)
    {
        var (t, row) = (position / a.Rows, position % a.Rows);
        var length = a.Lengths[row];
        return t < length ? (length - 1 - t) * a.Rows + row : position;
    }

    private static void Launch(ComputeDevice device, Action<FeatureArguments> kernel, FeatureArguments arguments)
    {
        var elements = arguments.Count * arguments.HiddenSize;
        if (elements > 0)
            device.LaunchElementwise(kernel, arguments, elements, KernelWork.Of(5L * elements));
    }

    /// <summary>The operation in plain C#, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="lengths">[B].</param>
        /// <param name="steps">Steps T.</param>
        /// <returns>Each position in the order of the other direction [T, B].</returns>
        public static int[] ReversedPositions(int[] lengths, int steps)
        {
            var reversed = Enumerable.Range(0, steps * lengths.Length).ToArray();
            for (var row = 0; row < lengths.Length; row++)
            {
                for (var t = 0; t < lengths[row]; t++)
                    reversed[t * lengths.Length + row] = (lengths[row] - 1 - t) * lengths.Length + row;
            }

            return reversed;
        }

        /// <param name="forward">[P, H].</param>
        /// <param name="reverse">[P, H], in its own order.</param>
        /// <param name="positions">[P].</param>
        /// <param name="hiddenSize">Hidden units H.</param>
        /// <returns>[P, 2H].</returns>
        public static double[] Join(double[] forward, double[] reverse, int[] positions, int hiddenSize) =>
        [
            .. positions.SelectMany(
                (other, position) => forward[(position * hiddenSize)..((position + 1) * hiddenSize)]
                    .Concat(reverse[(other * hiddenSize)..((other + 1) * hiddenSize)])),
        ];
    }
}
