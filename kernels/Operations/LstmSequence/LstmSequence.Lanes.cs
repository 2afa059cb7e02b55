using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The variant for few hidden units on a processor (LstmSequence.Processor.cs): a thread takes sixteen rows side by side, unit by
// unit. A row alone would wait for its own chain, h -> gates -> c -> h, most of the time, and few units fill no register.
public static partial class LstmSequence
{
    private const int MaxUnitsInLanes = 8;

    // Strips of the gates.
    private const int F = Lanes;
    private const int G = 2 * Lanes;
    private const int O = 3 * Lanes;

    // Strips that each unit has in scratch: forward its cell, hidden and next hidden states, back the gradients of cell, hidden
    // state and the four gates.
    private const int Hidden = Lanes;
    private const int NextHidden = 2 * Lanes;
    private const int GradientsOfGates = 2 * Lanes;
    private const int UnitStrips = 6 * Lanes;

    private static int LaneGroups(int rows) => (rows + Lanes - 1) / Lanes;

    /// <summary>
    /// Sixteen rows, forward; a thread writes its rows. Lanes whose rows have ended, or never were, go on with what they have,
    /// which is never read.
    /// </summary>
    [DeviceKernel]
    internal static void LanesForwardKernel(ForwardArguments a)
    {
        var gates = LocalMemory.Allocate1D<float>(4 * Lanes);
        var strips = LocalMemory.Allocate1D<float>(4 * Lanes);
        var hiddenStrip = LocalMemory.Allocate1D<float>(Lanes);
        var (table, keptGates) = (a.Table.Cast<float>(), a.Gates.Cast<float>());
        var (firstRow, lanes, units) = (Grid.GlobalIndex.X * Lanes, Lanes * Group.DimX, a.HiddenSize);
        var state = Grid.GlobalIndex.X * units * UnitStrips;
        Vectors.Clear(a.Scratch, state, units * UnitStrips);
        Vectors.Clear(gates, 0, 4 * lanes);
        var rows = a.Rows - firstRow < lanes ? a.Rows - firstRow : lanes;
        var steps = Longest(a.Lengths, firstRow, rows);
        var (hidden, nextHidden) = (Hidden, NextHidden);

        for (var t = 0; t < steps; t++)
        {
            var first = t * a.Rows + firstRow;
            for (var unit = 0; unit < units; unit++)
            {
                for (var lane = 0; lane < rows; lane++)
                {
                    if (t < a.Lengths[firstRow + lane])
                        Vectors.Copy(gates, 4 * lane, table, 4 * (a.Slots[first + lane] * units + unit), 4);
                }

                Vectors.Separate(strips, gates, lanes);
                for (var k = 0; k < units; k++)
                    AddLanes(a, strips, unit * units + k, state + k * UnitStrips + hidden, lanes);

                var strip = state + unit * UnitStrips;
                Vectors.Sigmoid(strips, 0, 2 * lanes);
                Vectors.Tanh(strips, G, lanes);
                Vectors.Sigmoid(strips, O, lanes);
                for (var lane = 0; lane < lanes; lane++)
                    a.Scratch[strip + lane] = strips[F + lane] * a.Scratch[strip + lane] + strips[lane] * strips[G + lane];
                for (var lane = 0; lane < lanes; lane++)
                    hiddenStrip[lane] = strips[O + lane] * DeviceMath.Tanh(a.Scratch[strip + lane]);
                for (var lane = 0; lane < rows && a.StateFactors.Length > 0; lane++)
                    hiddenStrip[lane] *= a.StateFactors[(firstRow + lane) * units + unit];
                Vectors.Copy(a.Scratch, strip + nextHidden, hiddenStrip, 0, lanes);
                Vectors.Interleave(gates, strips, lanes);
                for (var lane = 0; lane < rows; lane++)
                {
                    if (t >= a.Lengths[firstRow + lane])
                        continue;
                    var index = (first + lane) * units + unit;
                    Vectors.Copy(keptGates, 4 * index, gates, 4 * lane, 4);
                    a.CellStates[index] = a.Scratch[strip + lane];
                    a.HiddenStates[index] = hiddenStrip[lane];
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
    /// Adds the recurrent weights at <paramref name="weight"/> of each gate's matrix times a unit's hidden states to the gates'
    /// strips.
    /// </summary>
    private static void AddLanes(ForwardArguments a, ArrayView<float> strips, int weight, int hidden, int lanes)
    {
        var matrix = a.HiddenSize * a.HiddenSize;
        var (weightI, weightF) = (a.RecurrentWeights[weight], a.RecurrentWeights[weight + matrix]);
        var (weightG, weightO) = (a.RecurrentWeights[weight + 2 * matrix], a.RecurrentWeights[weight + 3 * matrix]);
        for (var lane = 0; lane < lanes; lane++)
        {
            var state = a.Scratch[hidden + lane];
            strips[lane] += weightI * state;
            strips[F + lane] += weightF * state;
            strips[G + lane] += weightG * state;
            strips[O + lane] += weightO * state;
        }
    }

    /// <summary>
    /// Sixteen rows, back through time; a thread writes its rows. Until a row's last step is reached, all of its gradients are
    /// zero.
    /// </summary>
    [DeviceKernel]
    internal static void LanesBackwardKernel<TIncoming>(BackwardArguments a)
        where TIncoming : unmanaged, IIncomingGradient
    {
        var gates = LocalMemory.Allocate1D<float>(4 * Lanes);
        var strips = LocalMemory.Allocate1D<float>(4 * Lanes);
        var gradients = LocalMemory.Allocate1D<float>(4 * Lanes);
        var tanhCell = LocalMemory.Allocate1D<float>(Lanes);
        var previousCell = LocalMemory.Allocate1D<float>(Lanes);
        var keptGates = a.Gates.Cast<float>();
        var (firstRow, lanes, units) = (Grid.GlobalIndex.X * Lanes, Lanes * Group.DimX, a.HiddenSize);
        var state = Grid.GlobalIndex.X * units * UnitStrips;
        Vectors.Clear(a.Scratch, state, units * UnitStrips);
        Vectors.Clear(gates, 0, 4 * lanes);
        Vectors.Clear(tanhCell, 0, lanes);
        Vectors.Clear(previousCell, 0, lanes);

        var rows = a.Rows - firstRow < lanes ? a.Rows - firstRow : lanes;
        for (var t = Longest(a.Lengths, firstRow, rows) - 1; t >= 0; t--)
        {
            var first = t * a.Rows + firstRow;
            for (var unit = 0; unit < units; unit++)
            {
                var strip = state + unit * UnitStrips;
                for (var lane = 0; lane < rows; lane++)
                {
                    var length = a.Lengths[firstRow + lane];
                    if (t >= length)
                        continue;
                    var index = (first + lane) * units + unit;
                    Vectors.Copy(gates, 4 * lane, keptGates, 4 * index, 4);
                    tanhCell[lane] = a.CellStates[index];
                    if (t > 0)
                        previousCell[lane] = a.CellStates[index - a.Rows * units];
                    if (default(TIncoming).IsAtEveryStep)
                        a.Scratch[strip + Hidden + lane] += a.HiddenGradient[index];
                    else if (t == length - 1)
                        a.Scratch[strip + Hidden + lane] = a.HiddenGradient[(firstRow + lane) * units + unit];
                }

                for (var lane = 0; lane < rows && a.StateFactors.Length > 0; lane++)
                    a.Scratch[strip + Hidden + lane] *= a.StateFactors[(firstRow + lane) * units + unit];
                if (t == 0)
                    Vectors.Clear(previousCell, 0, lanes);
                Vectors.Separate(strips, gates, lanes);
                Vectors.Tanh(tanhCell, 0, lanes);
                for (var lane = 0; lane < lanes; lane++)
                {
                    var unitGates = new UnitGates
                    {
                        I = strips[lane],
                        F = strips[F + lane],
                        G = strips[G + lane],
                        O = strips[O + lane],
                    };
                    var cellGradient = a.Scratch[strip + lane];
                    LstmCell.Backward(
                        ref unitGates, previousCell[lane], tanhCell[lane], a.Scratch[strip + Hidden + lane], ref cellGradient);
                    a.Scratch[strip + lane] = cellGradient;
                    gradients[lane] = unitGates.I;
                    gradients[F + lane] = unitGates.F;
                    gradients[G + lane] = unitGates.G;
                    gradients[O + lane] = unitGates.O;
                }

                Vectors.Copy(a.Scratch, strip + GradientsOfGates, gradients, 0, 4 * lanes);
                Vectors.Interleave(gates, gradients, lanes);
                for (var lane = 0; lane < rows; lane++)
                {
                    if (t < a.Lengths[firstRow + lane])
                        Vectors.Copy(keptGates, 4 * ((first + lane) * units + unit), gates, 4 * lane, 4);
                }
            }

            for (var k = 0; k < units; k++)
            {
                Vectors.Clear(strips, 0, lanes);
                for (var unit = 0; unit < units; unit++)
                    SumLanes(a, strips, unit * units + k, state + unit * UnitStrips + GradientsOfGates, lanes);
                Vectors.Copy(a.Scratch, state + k * UnitStrips + Hidden, strips, 0, lanes);
            }
        }

        for (var row = firstRow; row < firstRow + rows; row++)
        {
            for (var t = a.Lengths[row]; t < a.Steps; t++)
                Vectors.Clear(keptGates, 4 * (t * a.Rows + row) * units, 4 * units);
        }
    }

    /// <summary>
    /// Adds the gradients of a unit's gates times the recurrent weights at <paramref name="weight"/> of each gate's matrix.
    /// </summary>
    private static void SumLanes(BackwardArguments a, ArrayView<float> sums, int weight, int gradients, int lanes)
    {
        var matrix = a.HiddenSize * a.HiddenSize;
        var (weightI, weightF) = (a.RecurrentWeights[weight], a.RecurrentWeights[weight + matrix]);
        var (weightG, weightO) = (a.RecurrentWeights[weight + 2 * matrix], a.RecurrentWeights[weight + 3 * matrix]);
        for (var lane = 0; lane < lanes; lane++)
        {
            sums[lane] += weightI * a.Scratch[gradients + lane] + weightF * a.Scratch[gradients + F + lane]
                + weightG * a.Scratch[gradients + G + lane] + weightO * a.Scratch[gradients + O + lane];
        }
    }

    private sealed class LanesVariant : SequenceVariant
    {
        public override string Name => "Lanes";

        internal override IEnumerable<KernelInstance> Kernels =>
            [
                new(LanesForwardKernel, GroupSize: 1, HasLocalMemory: true),
                new(LanesBackwardKernel<AtLastStep>, GroupSize: 1, HasLocalMemory: true),
                new(LanesBackwardKernel<AtEveryStep>, GroupSize: 1, HasLocalMemory: true),
            ];

        public override bool Supports(ComputeDevice device, int hiddenSize) =>
            device.RunsGroupsSerially && hiddenSize <= MaxUnitsInLanes;

        public override long ScratchLength(int rows, int hiddenSize) => (long)LaneGroups(rows) * hiddenSize * UnitStrips;

        public override void Forward(ComputeDevice device, ForwardArguments arguments) =>
            device.Launch(
                LanesForwardKernel, arguments, new Index3D(LaneGroups(arguments.Rows), 1, 1), new Index3D(1, 1, 1),
                Work(arguments));

        internal override void Backward<TIncoming>(ComputeDevice device, BackwardArguments arguments) =>
            device.Launch(
                LanesBackwardKernel<TIncoming>, arguments, new Index3D(LaneGroups(arguments.Rows), 1, 1), new Index3D(1, 1, 1),
                Work(arguments));
    }
}
