using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The variant for more units on a processor (LstmSequence.Processor.cs): a thread takes two rows through all steps, in strips of
// sixteen hidden units. A weight that is read serves both rows, and while one of them waits for its own chain, h -> gates -> c ->
// h, the other goes on.
//
// Scratch begins with the direction's weights as strips [H / 16, H, 4, 16]: forward the gates of sixteen units for each input,
// back sixteen inputs of each unit's gates; zeros where there is no unit. Behind them each thread has what it keeps from step to
// step.
public static partial class LstmSequence
{
    private const int RowsInPair = 2;
    private const int PairLanes = RowsInPair * Lanes;
    private const int InputsAtOnce = 4;

    // What a pair of rows keeps, each [2, H]: forward cell, hidden and next hidden states; back the gradients of cell, hidden
    // state and the four gates.
    private const int StatesOfPair = 6;

    private static int Pairs(int rows) => (rows + RowsInPair - 1) / RowsInPair;

    private static int RoundUp(int size, int multiple) => (size + multiple - 1) / multiple * multiple;

    private static int SerialWeights(int hiddenSize) => 4 * RoundUp(hiddenSize, Lanes) * RoundUp(hiddenSize, InputsAtOnce);

    /// <summary>Lays the weights out for the way forward; a thread an element.</summary>
    [DeviceKernel]
    internal static void SerialWeightsForwardKernel(ForwardArguments a)
    {
        var (block, input, gate, lane) = PlaceInStrips(Grid.GlobalIndex.X, a.HiddenSize);
        var unit = block * Lanes + lane;
        if (Grid.GlobalIndex.X < SerialWeights(a.HiddenSize))
            a.Scratch[Grid.GlobalIndex.X] = SerialWeight(a.RecurrentWeights, a.HiddenSize, gate, unit, input);
    }

    /// <summary>Lays the weights out for the way back; a thread an element.</summary>
    [DeviceKernel]
    internal static void SerialWeightsBackwardKernel(BackwardArguments a)
    {
        var (block, unit, gate, lane) = PlaceInStrips(Grid.GlobalIndex.X, a.HiddenSize);
        var input = block * Lanes + lane;
        if (Grid.GlobalIndex.X < SerialWeights(a.HiddenSize))
            a.Scratch[Grid.GlobalIndex.X] = SerialWeight(a.RecurrentWeights, a.HiddenSize, gate, unit, input);
    }

    private static (int Block, int Inner, int Gate, int Lane) PlaceInStrips(int index, int units)
    {
        var strip = index / (4 * Lanes);
        return (strip / RoundUp(units, InputsAtOnce), strip % RoundUp(units, InputsAtOnce), index / Lanes % 4, index % Lanes);
    }

    private static float SerialWeight(ArrayView<float> weights, int units, int gate, int unit, int input)
    {
        if (unit < units && input < units)
            return weights[(gate * units + unit) * units + input];
        return 0f;
    }

    /// <summary>
    /// Two rows, forward; a thread writes its rows. A row that has ended goes on with what it has, which is never read.
    /// </summary>
    [DeviceKernel]
    internal static void SerialForwardKernel(ForwardArguments a)
    {
        var gates = LocalMemory.Allocate1D<float>(4 * PairLanes);
        var strips = LocalMemory.Allocate1D<float>(4 * PairLanes);
        var hiddenStrip = LocalMemory.Allocate1D<float>(PairLanes);
        var (table, keptGates) = (a.Table.Cast<float>(), a.Gates.Cast<float>());
        var (units, lanes, laneOfF) = (a.HiddenSize, PairLanes * Group.DimX, PairLanes);
        var (laneOfG, laneOfO) = (2 * laneOfF, 3 * laneOfF);
        var firstRow = Grid.GlobalIndex.X * RowsInPair;
        var rows = a.Rows - firstRow < RowsInPair ? a.Rows - firstRow : RowsInPair;
        var steps = Longest(a.Lengths, firstRow, rows);
        var width = RoundUp(units, Lanes);
        var cell = SerialWeights(units) + Grid.GlobalIndex.X * StatesOfPair * RowsInPair * width; // [H / 16, 2, 16]
        var (hidden, nextHidden) = (cell + RowsInPair * width, cell + 2 * RowsInPair * width); // [2, H]
        Vectors.Clear(a.Scratch, cell, 3 * RowsInPair * width); // all of it, for where there is no second row
        Vectors.Clear(gates, 0, 4 * lanes);

        for (var t = 0; t < steps; t++)
        {
            for (var first = 0; first < units; first += Lanes)
            {
                var count = units - first < Lanes ? units - first : Lanes;
                for (var row = 0; row < rows; row++)
                {
                    if (t < a.Lengths[firstRow + row])
                    {
                        Vectors.Copy(
                            gates, 4 * row * Lanes, table, 4 * (a.Slots[t * a.Rows + firstRow + row] * units + first), 4 * count);
                    }
                }

                Vectors.Separate(strips, gates, lanes);
                AddBlock(strips, a.Scratch, 4 * first * RoundUp(units, InputsAtOnce), hidden, 0, width, units);
                Vectors.Sigmoid(strips, 0, 2 * lanes);
                Vectors.Tanh(strips, laneOfG, lanes);
                Vectors.Sigmoid(strips, laneOfO, lanes);
                var cellStrip = cell + first * RowsInPair;
                for (var lane = 0; lane < lanes; lane++)
                {
                    a.Scratch[cellStrip + lane] =
                        strips[laneOfF + lane] * a.Scratch[cellStrip + lane] + strips[lane] * strips[laneOfG + lane];
                }

                for (var lane = 0; lane < lanes; lane++)
                    hiddenStrip[lane] = strips[laneOfO + lane] * DeviceMath.Tanh(a.Scratch[cellStrip + lane]);
                for (var row = 0; row < rows && a.StateFactors.Length > 0; row++)
                    Vectors.Multiply(hiddenStrip, row * Lanes, a.StateFactors, (firstRow + row) * units + first, count);
                Vectors.Interleave(gates, strips, lanes);

                for (var row = 0; row < rows; row++)
                {
                    Vectors.Copy(a.Scratch, nextHidden + row * width + first, hiddenStrip, row * Lanes, Lanes * Group.DimX);
                    if (t >= a.Lengths[firstRow + row])
                        continue;
                    var index = (t * a.Rows + firstRow + row) * units + first;
                    Vectors.Copy(keptGates, 4 * index, gates, 4 * row * Lanes, 4 * count);
                    Vectors.Copy(a.CellStates, index, a.Scratch, cellStrip + row * Lanes, count);
                    Vectors.Copy(a.HiddenStates, index, hiddenStrip, row * Lanes, count);
                }
            }

            (hidden, nextHidden) = (nextHidden, hidden);
        }

        for (var row = firstRow; row < firstRow + rows; row++)
        {
            for (var t = a.Lengths[row]; t < a.Steps; t++)
                Vectors.Clear(a.HiddenStates, (t * a.Rows + row) * units, units);
        }
    }

    /// <summary>
    /// Two rows, back through time; a thread writes its rows. Until a row's last step is reached, all of its gradients are zero.
    /// </summary>
    [DeviceKernel]
    internal static void SerialBackwardKernel<TIncoming>(BackwardArguments a)
        where TIncoming : unmanaged, IIncomingGradient
    {
        var gates = LocalMemory.Allocate1D<float>(4 * PairLanes);
        var strips = LocalMemory.Allocate1D<float>(4 * PairLanes);
        var gradients = LocalMemory.Allocate1D<float>(4 * PairLanes);
        var tanhCell = LocalMemory.Allocate1D<float>(PairLanes);
        var previousCell = LocalMemory.Allocate1D<float>(PairLanes);
        var keptGates = a.Gates.Cast<float>();
        var (units, lanes, laneOfF) = (a.HiddenSize, PairLanes * Group.DimX, PairLanes);
        var (laneOfG, laneOfO) = (2 * laneOfF, 3 * laneOfF);
        var firstRow = Grid.GlobalIndex.X * RowsInPair;
        var rows = a.Rows - firstRow < RowsInPair ? a.Rows - firstRow : RowsInPair;
        var steps = Longest(a.Lengths, firstRow, rows);
        var width = RoundUp(units, Lanes);
        var state = RowsInPair * width;
        var cellGradient = SerialWeights(units) + Grid.GlobalIndex.X * StatesOfPair * state; // [H / 16, 2, 16]
        var (hiddenGradient, gateGradients) = (cellGradient + state, cellGradient + 2 * state); // [H / 16, 2, 16], [4, 2, H]
        Vectors.Clear(a.Scratch, cellGradient, StatesOfPair * state);
        Vectors.Clear(gates, 0, 4 * lanes);
        Vectors.Clear(tanhCell, 0, lanes);

        for (var t = steps - 1; t >= 0; t--)
        {
            for (var first = 0; first < units; first += Lanes)
            {
                var count = units - first < Lanes ? units - first : Lanes;
                var strip = first * RowsInPair;
                Vectors.Clear(previousCell, 0, lanes);
                if (count < Lanes) // where there is no unit, what the last strip left could be too large to come to nothing
                {
                    Vectors.Clear(gates, 0, 4 * lanes);
                    Vectors.Clear(tanhCell, 0, lanes);
                }

                for (var row = 0; row < rows; row++)
                {
                    var length = a.Lengths[firstRow + row];
                    if (t >= length)
                        continue;
                    var index = (t * a.Rows + firstRow + row) * units + first;
                    Vectors.Copy(gates, 4 * row * Lanes, keptGates, 4 * index, 4 * count);
                    Vectors.Copy(tanhCell, row * Lanes, a.CellStates, index, count);
                    if (t > 0)
                        Vectors.Copy(previousCell, row * Lanes, a.CellStates, index - a.Rows * units, count);
                    if (default(TIncoming).IsAtEveryStep)
                    {
                        Vectors.Add(a.Scratch, hiddenGradient + strip + row * Lanes, a.HiddenGradient, index, count);
                    }
                    else if (t == length - 1)
                    {
                        Vectors.Copy(
                            a.Scratch, hiddenGradient + strip + row * Lanes, a.HiddenGradient,
                            (firstRow + row) * units + first, count);
                    }

                    if (a.StateFactors.Length > 0)
                    {
                        Vectors.Multiply(
                            a.Scratch, hiddenGradient + strip + row * Lanes, a.StateFactors, (firstRow + row) * units + first,
                            count);
                    }
                }

                Vectors.Separate(strips, gates, lanes);
                Vectors.Tanh(tanhCell, 0, lanes);
                for (var lane = 0; lane < lanes; lane++)
                {
                    var unit = new UnitGates
                    {
                        I = strips[lane],
                        F = strips[laneOfF + lane],
                        G = strips[laneOfG + lane],
                        O = strips[laneOfO + lane],
                    };
                    var gradient = a.Scratch[cellGradient + strip + lane];
                    LstmCell.Backward(
                        ref unit, previousCell[lane], tanhCell[lane], a.Scratch[hiddenGradient + strip + lane], ref gradient);
                    a.Scratch[cellGradient + strip + lane] = gradient;
                    gradients[lane] = unit.I;
                    gradients[laneOfF + lane] = unit.F;
                    gradients[laneOfG + lane] = unit.G;
                    gradients[laneOfO + lane] = unit.O;
                }

                Vectors.Interleave(gates, gradients, lanes);
                for (var row = 0; row < rows; row++)
                {
                    if (t < a.Lengths[firstRow + row])
                    {
                        Vectors.Copy(
                            keptGates, 4 * ((t * a.Rows + firstRow + row) * units + first), gates, 4 * row * Lanes, 4 * count);
                    }
                }

                for (var part = 0; part < 4 * RowsInPair; part++)
                    Vectors.Copy(a.Scratch, gateGradients + part * width + first, gradients, part * Lanes, Lanes * Group.DimX);
            }

            for (var first = 0; first < units; first += Lanes)
            {
                Vectors.Clear(strips, 0, 4 * lanes);
                AddBlock(
                    strips, a.Scratch, 4 * first * RoundUp(units, InputsAtOnce), gateGradients, RowsInPair * width, width, units);
                for (var lane = 0; lane < lanes; lane++)
                {
                    a.Scratch[hiddenGradient + first * RowsInPair + lane] =
                        strips[lane] + strips[laneOfF + lane] + (strips[laneOfG + lane] + strips[laneOfO + lane]);
                }
            }
        }

        for (var row = firstRow; row < firstRow + rows; row++)
        {
            for (var t = a.Lengths[row]; t < a.Steps; t++)
                Vectors.Clear(keptGates, 4 * (t * a.Rows + row) * units, 4 * units);
        }
    }

    /// <summary>
    /// Adds to the strips of two rows [4, 2, 16], for each gate, the sum over n of factor n times the weights' strip of n. The
    /// weights begin at <paramref name="weights"/> [factors, 4, 16], the first row's factors at <paramref name="factors"/>, a
    /// gate's <paramref name="gateStride"/> behind the last one's.
    /// </summary>
    private static void AddBlock(
        ArrayView<float> strips, ArrayView<float> scratch, int weights, int factors, int gateStride, int rowStride, int units)
    {
        for (var n = 0; n < units; n += InputsAtOnce)
        {
            for (var gate = 0; gate < 4; gate++)
            {
                var (x, y) = (factors + gate * gateStride + n, factors + gate * gateStride + rowStride + n);
                var (x0, x1, x2, x3) = (scratch[x], scratch[x + 1], scratch[x + 2], scratch[x + 3]);
                var (y0, y1, y2, y3) = (scratch[y], scratch[y + 1], scratch[y + 2], scratch[y + 3]);
                var (weight, strip) = (weights + (4 * n + gate) * Lanes, gate * PairLanes);
                for (var lane = 0; lane < Lanes * Group.DimX; lane++)
                {
                    var (w0, w1) = (scratch[weight + lane], scratch[weight + 4 * Lanes + lane]);
                    var (w2, w3) = (scratch[weight + 8 * Lanes + lane], scratch[weight + 12 * Lanes + lane]);
                    strips[strip + lane] += x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3;
                    strips[strip + Lanes + lane] += y0 * w0 + y1 * w1 + y2 * w2 + y3 * w3;
                }
            }
        }
    }

    private sealed class SerialVariant : SequenceVariant
    {
        public override string Name => "Serial";

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(SerialWeightsForwardKernel, ComputeDevice.LargestGroup),
            new(SerialForwardKernel, GroupSize: 1, HasLocalMemory: true),
            new(SerialWeightsBackwardKernel, ComputeDevice.LargestGroup),
            new(SerialBackwardKernel<AtLastStep>, GroupSize: 1, HasLocalMemory: true),
            new(SerialBackwardKernel<AtEveryStep>, GroupSize: 1, HasLocalMemory: true),
        ];

        public override bool Supports(ComputeDevice device, int hiddenSize) => device.RunsGroupsSerially;

        public override int Launches(int steps) => 2; // the weights are laid out before

        /// <summary>The weights of a direction, and what each pair of rows keeps.</summary>
        public override long ScratchLength(int rows, int hiddenSize) =>
            SerialWeights(hiddenSize) + (long)Pairs(rows) * StatesOfPair * RowsInPair * RoundUp(hiddenSize, Lanes);

        public override void Forward(ComputeDevice device, ForwardArguments arguments)
        {
            var weights = SerialWeights(arguments.HiddenSize);
            device.LaunchElementwise(SerialWeightsForwardKernel, arguments, weights, KernelWork.Of(2L * weights));
            device.Launch(
                SerialForwardKernel, arguments, new Index3D(Pairs(arguments.Rows), 1, 1), new Index3D(1, 1, 1), Work(arguments));
        }

        internal override void Backward<TIncoming>(ComputeDevice device, BackwardArguments arguments)
        {
            var weights = SerialWeights(arguments.HiddenSize);
            device.LaunchElementwise(SerialWeightsBackwardKernel, arguments, weights, KernelWork.Of(2L * weights));
            device.Launch(
                SerialBackwardKernel<TIncoming>, arguments, new Index3D(Pairs(arguments.Rows), 1, 1), new Index3D(1, 1, 1),
                Work(arguments));
        }
    }
}
