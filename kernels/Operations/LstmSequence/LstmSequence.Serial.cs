using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The rung for devices that are a processor (an OpenCL runtime on it, the simulator), forward above 8 units, back above one: a thread takes a row through all steps, in
// loops over the hidden units. There the threads of a group run one after another, and what is fast is what the runtime's
// compiler makes vector instructions of: loops with neighbouring elements and few different arrays, each a function of its own.
//
// A thread has scratch of its own [rows, 7H]: the step's four gates, one behind the other, and what else it keeps.
public static partial class LstmSequence
{
    /// <summary>Elements of scratch: the transposed weights, and each row's.</summary>
    private static long SerialScratchLength(int rows, int hiddenSize) => 4L * hiddenSize * hiddenSize + 7L * rows * hiddenSize;

    /// <summary><c>scratch[k, r] = weight_hh[r, k]</c>, so that an input's weights lie side by side; a thread an element.</summary>
    [DeviceKernel]
    internal static void SerialTransposeKernel(ForwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        var gateRows = 4 * a.HiddenSize;
        if (index < gateRows * a.HiddenSize)
            a.Scratch[index] = a.RecurrentWeights[index % gateRows * a.HiddenSize + index / gateRows];
    }

    /// <summary>A row, forward; a thread writes its row.</summary>
    [DeviceKernel]
    internal static void SerialForwardKernel(ForwardArguments a)
    {
        var row = Grid.GlobalIndex.X;
        if (row >= a.Rows)
            return;
        var (units, gateRows) = (a.HiddenSize, 4 * a.HiddenSize);
        var gates = gateRows * units + 7 * row * units;
        var (i, f, g, o) = (gates, gates + units, gates + 2 * units, gates + 3 * units);
        var (hidden, cell) = (gates + 4 * units, gates + 5 * units);
        Vectors.Clear(a.Scratch, hidden, 2 * units); // and the cell states behind
        var length = a.Lengths[row];
        for (var t = 0; t < length; t++)
        {
            var position = t * a.Rows + row;
            var table = a.Slots[position] * units;
            for (var unit = 0; unit < units; unit++)
            {
                var input = a.Table[table + unit];
                a.Scratch[i + unit] = input.I;
                a.Scratch[f + unit] = input.F;
                a.Scratch[g + unit] = input.G;
                a.Scratch[o + unit] = input.O;
            }

            Vectors.AddProduct(a.Scratch, gates, gateRows, a.Scratch, 0, a.Scratch, hidden, units);
            Vectors.Sigmoid(a.Scratch, i, 2 * units);
            Vectors.Tanh(a.Scratch, g, units);
            Vectors.Sigmoid(a.Scratch, o, units);
            for (var unit = 0; unit < units; unit++)
                a.Scratch[cell + unit] = a.Scratch[f + unit] * a.Scratch[cell + unit] + a.Scratch[i + unit] * a.Scratch[g + unit];
            for (var unit = 0; unit < units; unit++)
                a.Scratch[hidden + unit] = a.Scratch[o + unit] * DeviceMath.Tanh(a.Scratch[cell + unit]);

            var index = position * units;
            for (var unit = 0; unit < units; unit++)
            {
                a.Gates[index + unit] = new UnitGates
                {
                    I = a.Scratch[i + unit],
                    F = a.Scratch[f + unit],
                    G = a.Scratch[g + unit],
                    O = a.Scratch[o + unit],
                };
            }

            Vectors.Copy(a.CellStates, index, a.Scratch, cell, units);
            Vectors.Copy(a.HiddenStates, index, a.Scratch, hidden, units);
        }

        for (var t = length; t < a.Steps; t++)
            Vectors.Clear(a.HiddenStates, (t * a.Rows + row) * units, units);
    }

    /// <summary>A row, back through time; a thread writes its row.</summary>
    [DeviceKernel]
    internal static void SerialBackwardKernel(BackwardArguments a)
    {
        var row = Grid.GlobalIndex.X;
        if (row >= a.Rows)
            return;
        var units = a.HiddenSize;
        var gradients = 4 * units * units + 7 * row * units; // of the gates, one behind the other
        var (i, f, g, o) = (gradients, gradients + units, gradients + 2 * units, gradients + 3 * units);
        var (hiddenGradient, cellGradient, tanhCell) = (gradients + 4 * units, gradients + 5 * units, gradients + 6 * units);
        Vectors.Copy(a.Scratch, hiddenGradient, a.LastHiddenGradient, row * units, units);
        Vectors.Clear(a.Scratch, cellGradient, units);
        var length = a.Lengths[row];
        for (var back = 0; back < length; back++)
        {
            var t = length - 1 - back;
            var index = (t * a.Rows + row) * units;
            var before = index - a.Rows * units;
            Vectors.Copy(a.Scratch, tanhCell, a.CellStates, index, units);
            Vectors.Tanh(a.Scratch, tanhCell, units);
            for (var unit = 0; unit < units; unit++)
            {
                var gates = a.Gates[index + unit];
                var previousCell = 0f;
                if (t > 0)
                    previousCell = a.CellStates[before + unit];
                var gradient = a.Scratch[cellGradient + unit];
                LstmCell.Backward(ref gates, previousCell, a.Scratch[tanhCell + unit], a.Scratch[hiddenGradient + unit], ref gradient);
                a.Gates[index + unit] = gates;
                a.Scratch[cellGradient + unit] = gradient;
                a.Scratch[i + unit] = gates.I;
                a.Scratch[f + unit] = gates.F;
                a.Scratch[g + unit] = gates.G;
                a.Scratch[o + unit] = gates.O;
            }

            Vectors.Clear(a.Scratch, hiddenGradient, units);
            Vectors.AddProduct(a.Scratch, hiddenGradient, units, a.RecurrentWeights, 0, a.Scratch, gradients, 4 * units);
        }

        for (var t = length; t < a.Steps; t++)
        {
            for (var unit = 0; unit < units; unit++)
                a.Gates[(t * a.Rows + row) * units + unit] = default;
        }
    }
}
