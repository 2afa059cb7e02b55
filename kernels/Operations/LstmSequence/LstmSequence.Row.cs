using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The variant for one hidden unit (the article's model): a thread takes a row of the batch through all steps, with the four
// weights and the state in registers. Nothing is shared, so there is no barrier; a step costs the latency of its chain,
// h -> gates -> c -> h, and what it needs from global memory is asked for two steps ahead.
public static partial class LstmSequence
{
    private const int RowGroupSize = 32;

    /// <summary>One hidden unit, forward.</summary>
    [DeviceKernel]
    internal static void RowForwardKernel(ForwardArguments a)
    {
        var row = Grid.GlobalIndex.X;
        if (row < a.Rows)
            ForwardOfRow(a, row);
    }

    /// <summary>A row of one hidden unit, forward; the thread writes the row.</summary>
    internal static void ForwardOfRow(ForwardArguments a, int row)
    {
        var length = a.Lengths[row];
        var (weightI, weightF, weightG, weightO) =
            (a.RecurrentWeights[0], a.RecurrentWeights[1], a.RecurrentWeights[2], a.RecurrentWeights[3]);
        var (cell, hidden) = (0f, 0f);
        UnitGates gates = default;
        UnitGates ahead = default;
        if (length > 0)
            gates = a.Table[a.Slots[row]];
        if (length > 1)
            ahead = a.Table[a.Slots[a.Rows + row]];
        var slotAhead = length > 2 ? a.Slots[2 * a.Rows + row] : 0;
        for (var t = 0; t < length; t++)
        {
            var index = t * a.Rows + row;
            UnitGates farAhead = default;
            if (t + 2 < length)
                farAhead = a.Table[slotAhead];
            if (t + 3 < length)
                slotAhead = a.Slots[index + 3 * a.Rows];

            gates.I += weightI * hidden;
            gates.F += weightF * hidden;
            gates.G += weightG * hidden;
            gates.O += weightO * hidden;
            LstmCell.Forward(ref gates, cell, out cell, out hidden);
            a.Gates[index] = gates;
            a.CellStates[index] = cell;
            a.HiddenStates[index] = hidden;
            gates = ahead;
            ahead = farAhead;
        }

        for (var t = length; t < a.Steps; t++)
            a.HiddenStates[t * a.Rows + row] = 0f;
    }

    /// <summary>One hidden unit, back through time.</summary>
    [DeviceKernel]
    internal static void RowBackwardKernel<TIncoming>(BackwardArguments a)
        where TIncoming : unmanaged, IIncomingGradient
    {
        var row = Grid.GlobalIndex.X;
        if (row < a.Rows)
            BackwardOfRow<TIncoming>(a, row);
    }

    /// <summary>A row of one hidden unit, back through time; the thread writes the row.</summary>
    internal static void BackwardOfRow<TIncoming>(BackwardArguments a, int row)
        where TIncoming : unmanaged, IIncomingGradient
    {
        var length = a.Lengths[row];
        var (weightI, weightF, weightG, weightO) =
            (a.RecurrentWeights[0], a.RecurrentWeights[1], a.RecurrentWeights[2], a.RecurrentWeights[3]);
        var (hiddenGradient, cellGradient, incoming) = (0f, 0f, 0f);
        if (!default(TIncoming).IsAtEveryStep)
            hiddenGradient = a.HiddenGradient[row];
        var last = (length - 1) * a.Rows + row;
        UnitGates gates = default;
        UnitGates ahead = default;
        var (cell, previousCell, cellAhead) = (0f, 0f, 0f);
        if (length > 0)
        {
            gates = a.Gates[last];
            cell = a.CellStates[last];
            if (default(TIncoming).IsAtEveryStep)
                incoming = a.HiddenGradient[last];
        }

        if (length > 1)
        {
            ahead = a.Gates[last - a.Rows];
            previousCell = a.CellStates[last - a.Rows];
        }

        if (length > 2)
            cellAhead = a.CellStates[last - 2 * a.Rows];
        for (var back = 0; back < length; back++)
        {
            var t = length - 1 - back;
            var index = t * a.Rows + row;
            UnitGates farAhead = default;
            if (t > 1)
                farAhead = a.Gates[index - 2 * a.Rows];
            var cellFarAhead = 0f;
            if (t > 2)
                cellFarAhead = a.CellStates[index - 3 * a.Rows];
            if (default(TIncoming).IsAtEveryStep)
            {
                hiddenGradient += incoming;
                if (t > 0)
                    incoming = a.HiddenGradient[index - a.Rows];
            }

            LstmCell.Backward(ref gates, previousCell, DeviceMath.Tanh(cell), hiddenGradient, ref cellGradient);
            hiddenGradient = weightI * gates.I + weightF * gates.F + weightG * gates.G + weightO * gates.O;
            a.Gates[index] = gates;
            gates = ahead;
            ahead = farAhead;
            cell = previousCell;
            previousCell = cellAhead;
            cellAhead = cellFarAhead;
        }

        for (var t = length; t < a.Steps; t++)
            a.Gates[t * a.Rows + row] = default;
    }

    private sealed class RowVariant : SequenceVariant
    {
        public override string Name => "Row";

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(RowForwardKernel, RowGroupSize),
            new(RowBackwardKernel<AtLastStep>, RowGroupSize),
            new(RowBackwardKernel<AtEveryStep>, RowGroupSize),
        ];

        public override bool Supports(ComputeDevice device, int hiddenSize) => hiddenSize == 1;

        public override void Forward(ComputeDevice device, ForwardArguments arguments) =>
            Launch(device, RowForwardKernel, arguments, arguments.Rows, Work(arguments));

        internal override void Backward<TIncoming>(ComputeDevice device, BackwardArguments arguments) =>
            Launch(device, RowBackwardKernel<TIncoming>, arguments, arguments.Rows, Work(arguments));

        private static void Launch<TArguments>(
            ComputeDevice device, Action<TArguments> kernel, TArguments arguments, int rows, KernelWork work)
            where TArguments : struct
        {
            var groupSize = Math.Min(RowGroupSize, device.MaxGroupSize);
            device.Launch(
                kernel, arguments, new Index3D((rows + groupSize - 1) / groupSize, 1, 1), new Index3D(groupSize, 1, 1), work);
        }
    }
}
