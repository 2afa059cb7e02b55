using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The variant for 2 to 128 hidden units: a group takes a few rows of the batch through all steps and keeps all recurrent
// weights in its registers (at 128 units, half of them in shared memory). No group waits for another.
//
// A group has units x slices threads. In a step's product each thread has a 1/slices part of the inputs for one unit's
// gates (forward) or a 1/(4 slices) part for four hidden states (backward); in the gate math it owns one unit of one row,
// whose sums it adds up in order. Two barriers a step. The product reads shared memory in whole quads that a warp's
// threads have in common or side by side. What the next step needs from global memory is asked for a step ahead.
public static partial class LstmSequence
{
    /// <summary>Keeps the recurrent weights for all steps: forward.</summary>
    [DeviceKernel]
    internal static void TileForwardKernel<TBlocks, TUnits, TSlices>(ForwardArguments a)
        where TBlocks : unmanaged, IWeightBlocks
        where TUnits : unmanaged, ISize
        where TSlices : unmanaged, ISize
    {
        var units = default(TUnits).Value;
        var slices = default(TSlices).Value;
        var hidden = SharedMemory.Allocate<float>(default(TSlices).Value * default(TUnits).Value); // [rows, units]
        // [rows, slices, units]
        var partial = SharedMemory.Allocate<Quad>(default(TSlices).Value * default(TSlices).Value * default(TUnits).Value);
        var (unit, slice) = (Group.IdxX, Group.IdxY);
        var place = new WeightPlace
        {
            Weights = a.RecurrentWeights,
            HiddenSize = a.HiddenSize,
            Output = unit,
            FirstInput = slice * default(TBlocks).Count,
            Thread = slice * units + unit,
            Threads = units * slices,
        };
        if (default(TBlocks).CountInSharedMemory > 0)
            place.Shared = SharedMemory.GetDynamic<Quad>();
        var blocks = default(TBlocks);
        if (a.WholeQuads != 0)
            blocks.Load<QuadWeights>(place, 0);
        else
            blocks.Load<SingleWeights>(place, 0);

        var firstRow = Grid.IdxX * a.RowsInGroup;
        var rows = a.Rows - firstRow < a.RowsInGroup ? a.Rows - firstRow : a.RowsInGroup;
        var steps = LongestOf(a.Lengths, firstRow, rows);

        // What this thread owns in the gate math: row number `slice`.
        var row = firstRow + slice;
        var owner = slice < rows && unit < a.HiddenSize;
        var length = owner ? a.Lengths[row] : 0;
        var factor = FactorOf(a.StateFactors, row * a.HiddenSize + unit, owner);
        var cell = 0f;
        var slotAhead = 1 < length ? a.Slots[a.Rows + row] : 0;
        UnitGates table = default;
        if (length > 0)
            table = a.Table[a.Slots[row] * a.HiddenSize + unit];

        hidden[slice * units + unit] = 0f;
        Group.Barrier();
        for (var t = 0; t < steps; t++)
        {
            UnitGates tableAhead = default;
            if (t + 1 < length)
                tableAhead = a.Table[slotAhead * a.HiddenSize + unit];
            if (t + 2 < length)
                slotAhead = a.Slots[(t + 2) * a.Rows + row];

            for (var r = 0; r < rows; r++)
            {
                Quad sum = default;
                blocks.Multiply(ref sum, hidden.Cast<Quad>(), r * (units / 4) + place.FirstInput, place, 0);
                partial[(r * slices + slice) * units + unit] = sum;
            }

            Group.Barrier(); // the sums are there; no thread reads the hidden states any more
            if (t < length)
            {
                var sum = Quad.Of(table);
                for (var s = 0; s < slices; s++)
                    sum.Add(partial[(slice * slices + s) * units + unit]);
                var gates = sum.AsGates();
                LstmCell.Forward(ref gates, cell, out cell, out var state);
                state *= factor;
                hidden[slice * units + unit] = state;
                var index = (t * a.Rows + row) * a.HiddenSize + unit;
                a.Gates[index] = gates;
                a.CellStates[index] = cell;
                a.HiddenStates[index] = state;
            }

            table = tableAhead;
            Group.Barrier(); // the hidden states are there; no thread reads the sums any more
        }

        if (owner)
        {
            for (var t = length; t < a.Steps; t++)
                a.HiddenStates[(t * a.Rows + row) * a.HiddenSize + unit] = 0f;
        }
    }

    /// <summary>Keeps the recurrent weights for all steps: back through time.</summary>
    [DeviceKernel]
    internal static void TileBackwardKernel<TBlocks, TUnits, TSlices, TIncoming>(BackwardArguments a)
        where TBlocks : unmanaged, IWeightBlocks
        where TUnits : unmanaged, ISize
        where TSlices : unmanaged, ISize
        where TIncoming : unmanaged, IIncomingGradient
    {
        var units = default(TUnits).Value;
        var slices = default(TSlices).Value;
        var gateGradients = SharedMemory.Allocate<Quad>(default(TSlices).Value * default(TUnits).Value); // [rows, units]
        // [rows, parts, units]
        var partial = SharedMemory.Allocate<float>(4 * default(TSlices).Value * default(TSlices).Value * default(TUnits).Value);
        var (unit, slice) = (Group.IdxX, Group.IdxY);
        var thread = slice * units + unit;
        var part = thread / (units / 4); // of 4 slices parts
        var output = thread % (units / 4); // a quad of hidden states
        var place = new WeightPlace
        {
            Weights = a.RecurrentWeights,
            HiddenSize = a.HiddenSize,
            Output = 4 * output,
            FirstInput = part * default(TBlocks).Count,
            Thread = thread,
            Threads = units * slices,
        };
        if (default(TBlocks).CountInSharedMemory > 0)
            place.Shared = SharedMemory.GetDynamic<Quad>();
        var blocks = default(TBlocks);
        if (a.WholeQuads != 0)
            blocks.Load<QuadWeights>(place, 0);
        else
            blocks.Load<SingleWeights>(place, 0);

        var firstRow = Grid.IdxX * a.RowsInGroup;
        var rows = a.Rows - firstRow < a.RowsInGroup ? a.Rows - firstRow : a.RowsInGroup;
        var steps = LongestOf(a.Lengths, firstRow, rows);

        // What this thread owns in the gate math: row number `slice`.
        var row = firstRow + slice;
        var owner = slice < rows && unit < a.HiddenSize;
        var length = owner ? a.Lengths[row] : 0;
        var factor = FactorOf(a.StateFactors, row * a.HiddenSize + unit, owner);
        var cellGradient = 0f;
        var lastGradient = 0f;
        if (!default(TIncoming).IsAtEveryStep && owner)
            lastGradient = a.HiddenGradient[row * a.HiddenSize + unit];
        var incoming = 0f;
        UnitGates gates = default;
        var cell = 0f;
        if (length == steps && length > 0)
        {
            gates = a.Gates[((steps - 1) * a.Rows + row) * a.HiddenSize + unit];
            cell = a.CellStates[((steps - 1) * a.Rows + row) * a.HiddenSize + unit];
            if (default(TIncoming).IsAtEveryStep)
                incoming = a.HiddenGradient[((steps - 1) * a.Rows + row) * a.HiddenSize + unit];
        }

        var previousCell = 0f;
        if (length >= steps - 1 && length > 0 && steps > 1)
            previousCell = a.CellStates[((steps - 2) * a.Rows + row) * a.HiddenSize + unit];

        gateGradients[thread] = default;
        Group.Barrier();
        for (var back = 0; back < steps; back++)
        {
            var t = steps - 1 - back;
            var index = (t * a.Rows + row) * a.HiddenSize + unit;
            var stepLength = a.Rows * a.HiddenSize;
            UnitGates gatesAhead = default;
            if (t > 0 && t - 1 < length)
                gatesAhead = a.Gates[index - stepLength];
            var cellAhead = 0f;
            if (t > 1 && t - 2 < length)
                cellAhead = a.CellStates[index - 2 * stepLength];
            var incomingAhead = 0f;
            if (default(TIncoming).IsAtEveryStep && t > 0 && t - 1 < length)
                incomingAhead = a.HiddenGradient[index - stepLength];

            if (t < length)
            {
                var sum = 0f;
                for (var p = 0; p < 4 * slices; p++)
                    sum += partial[(slice * 4 * slices + p) * units + unit];
                var hiddenGradient = t == length - 1 ? lastGradient : sum; // in a row's last step the sums are unwritten
                if (default(TIncoming).IsAtEveryStep)
                    hiddenGradient += incoming;
                LstmCell.Backward(ref gates, previousCell, DeviceMath.Tanh(cell), factor * hiddenGradient, ref cellGradient);
                a.Gates[index] = gates;
                gateGradients[thread] = Quad.Of(gates);
            }

            gates = gatesAhead;
            cell = previousCell;
            previousCell = cellAhead;
            incoming = incomingAhead;
            Group.Barrier(); // the gates' gradients are there; no thread reads the sums any more
            for (var r = 0; r < rows; r++)
            {
                Quad sum = default;
                blocks.Multiply(ref sum, gateGradients, r * units + place.FirstInput, place, 0);
                partial.Cast<Quad>()[(r * 4 * slices + part) * (units / 4) + output] = sum;
            }

            Group.Barrier(); // the sums are there; no thread reads the gates' gradients any more
        }

        if (owner)
        {
            for (var t = length; t < a.Steps; t++)
                a.Gates[(t * a.Rows + row) * a.HiddenSize + unit] = default;
        }
    }

    /// <summary>Steps of the longest of some rows.</summary>
    private static int LongestOf(ArrayView<int> lengths, int firstRow, int rows)
    {
        var steps = 0;
        for (var r = 0; r < rows; r++)
            steps = lengths[firstRow + r] > steps ? lengths[firstRow + r] : steps;
        return steps;
    }

    private sealed class TileVariant : SequenceVariant
    {
        public override string Name => "Tile";

        internal override IEnumerable<KernelInstance> Kernels => TileShape.All.SelectMany(shape => shape.Kernels);

        public override bool Supports(ComputeDevice device, int hiddenSize) => TileShape.For(device, hiddenSize) is not null;

        public override void Forward(ComputeDevice device, ForwardArguments arguments)
        {
            var shape = TileShape.For(device, arguments.HiddenSize)!;
            arguments.RowsInGroup = shape.RowsInGroup(device, arguments.Rows);
            arguments.WholeQuads = WholeQuads(arguments.RecurrentWeights, arguments.HiddenSize);
            Launch(device, shape, shape.Forward, arguments, arguments.Rows, arguments.RowsInGroup, Work(arguments));
        }

        internal override void Backward<TIncoming>(ComputeDevice device, BackwardArguments arguments)
        {
            var shape = TileShape.For(device, arguments.HiddenSize)!;
            arguments.RowsInGroup = shape.RowsInGroup(device, arguments.Rows);
            arguments.WholeQuads = WholeQuads(arguments.RecurrentWeights, arguments.HiddenSize);
            Launch(device, shape, shape.Backward<TIncoming>(), arguments, arguments.Rows, arguments.RowsInGroup, Work(arguments));
        }

        private static int WholeQuads<TView>(TView weights, int hiddenSize)
            where TView : IContiguousArrayView => hiddenSize % 4 == 0 && weights.IndexInBytes % (4 * sizeof(float)) == 0 ? 1 : 0;

        private static void Launch<TArguments>(
            ComputeDevice device, TileShape shape, Action<TArguments> kernel, TArguments arguments, int rows, int rowsInGroup,
            KernelWork work)
            where TArguments : struct =>
            device.Launch(
                kernel, arguments, new Index3D((rows + rowsInGroup - 1) / rowsInGroup, 1, 1),
                new Index3D(shape.Units, shape.Slices, 1), work,
                shape.DynamicSharedBytes);
    }
}
