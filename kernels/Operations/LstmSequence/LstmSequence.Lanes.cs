using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The rung for few hidden units on a processor. Forward a thread takes sixteen rows side by side, as the lanes of vector registers. A row alone
// would wait for its own chain, h -> gates -> c -> h, most of the time, and few units fill no register. On the way back
// there is no such chain of elementary functions, and nothing to gain: that is LstmSequence.Row.cs or LstmSequence.Serial.cs.
//
// A unit's strips of lanes lie in scratch at constant distances, or in the thread's own memory, so that a compiler sees by itself that its
// vectors do not overlap. A group has one thread, always; that its size stands as a factor in the number of lanes keeps ILGPU from writing their loops
// out, while OpenCL runtimes, which compile a kernel for its group size, still know the number.
public static partial class LstmSequence
{
    private const int MostUnitsInLanes = 8;
    private const int Lanes = 16;

    // Strips of the gates, and of a unit's states.
    private const int F = Lanes;
    private const int G = 2 * Lanes;
    private const int O = 3 * Lanes;
    private const int Hidden = Lanes;
    private const int NextHidden = 2 * Lanes;
    private const int UnitStrips = 3 * Lanes;

    /// <summary>Elements of scratch: each unit's cell, hidden and next hidden states, lane beside lane.</summary>
    private static long LanesScratchLength(int rows, int hiddenSize) => (long)LaneGroups(rows) * hiddenSize * UnitStrips;

    private static int LaneGroups(int rows) => (rows + Lanes - 1) / Lanes;

    /// <summary>Sixteen rows, forward; a thread writes its rows. Lanes whose rows have ended, or never were, go on with what they have, which nobody reads.</summary>
    [DeviceKernel]
    internal static void LanesForwardKernel(ForwardArguments a)
    {
        var gates = LocalMemory.Allocate1D<UnitGates>(Lanes);
        var strips = LocalMemory.Allocate1D<float>(4 * Lanes);
        var (firstRow, lanes, units) = (Grid.GlobalIndex.X * Lanes, Lanes * Group.DimX, a.HiddenSize);
        var state = Grid.GlobalIndex.X * units * UnitStrips;
        Vectors.Clear(a.Scratch, state, units * UnitStrips);
        for (var lane = 0; lane < lanes; lane++)
            gates[lane] = default;
        var rows = a.Rows - firstRow < lanes ? a.Rows - firstRow : lanes;
        var steps = 0;
        for (var row = firstRow; row < firstRow + rows; row++)
            steps = a.Lengths[row] > steps ? a.Lengths[row] : steps;

        for (var t = 0; t < steps; t++)
        {
            var first = t * a.Rows + firstRow;
            for (var unit = 0; unit < units; unit++)
            {
                for (var lane = 0; lane < rows; lane++)
                {
                    if (t < a.Lengths[firstRow + lane])
                        gates[lane] = a.Table[a.Slots[first + lane] * units + unit];
                }

                for (var lane = 0; lane < lanes; lane++)
                {
                    strips[lane] = gates[lane].I;
                    strips[F + lane] = gates[lane].F;
                    strips[G + lane] = gates[lane].G;
                    strips[O + lane] = gates[lane].O;
                }

                for (var k = 0; k < units; k++)
                    AddLanes(a, strips, unit * units + k, state + k * UnitStrips + Hidden, lanes);

                var strip = state + unit * UnitStrips;
                Vectors.Sigmoid(strips, 0, 2 * lanes);
                Vectors.Tanh(strips, G, lanes);
                Vectors.Sigmoid(strips, O, lanes);
                for (var lane = 0; lane < lanes; lane++)
                {
                    var cell = strips[F + lane] * a.Scratch[strip + lane] + strips[lane] * strips[G + lane];
                    a.Scratch[strip + lane] = cell;
                    a.Scratch[strip + NextHidden + lane] = strips[O + lane] * DeviceMath.Tanh(cell);
                }

                for (var lane = 0; lane < lanes; lane++)
                    gates[lane] = new UnitGates { I = strips[lane], F = strips[F + lane], G = strips[G + lane], O = strips[O + lane] };
                for (var lane = 0; lane < rows; lane++)
                {
                    if (t >= a.Lengths[firstRow + lane])
                        continue;
                    var index = (first + lane) * units + unit;
                    a.Gates[index] = gates[lane];
                    a.CellStates[index] = a.Scratch[strip + lane];
                    a.HiddenStates[index] = a.Scratch[strip + NextHidden + lane];
                }
            }

            for (var unit = 0; unit < units; unit++)
            {
                var strip = state + unit * UnitStrips;
                for (var lane = 0; lane < lanes; lane++)
                    a.Scratch[strip + Hidden + lane] = a.Scratch[strip + NextHidden + lane];
            }
        }

        for (var lane = 0; lane < rows; lane++)
        {
            for (var t = a.Lengths[firstRow + lane]; t < a.Steps; t++)
                Vectors.Clear(a.HiddenStates, (t * a.Rows + firstRow + lane) * units, units);
        }
    }

    /// <summary>Adds the recurrent weights at <paramref name="weight"/> of each gate's matrix times a unit's hidden states to the gates' strips.</summary>
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
}
