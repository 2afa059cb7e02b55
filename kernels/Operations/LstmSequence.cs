using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// All steps of an LSTM layer in one launch, forward, and back through time. A group owns one row of the batch and runs
/// its steps one after another; its threads share the hidden units, with a barrier between the steps. No group waits for
/// another, so any hidden size and batch run on any device.
/// </summary>
/// <remarks>
/// Hochreiter and Schmidhuber 1997 with forget gates (Gers et al. 2000), initial states zero; BPTT in full (Werbos 1990).
/// Gate order i, f, g, o. Positions are numbered t B + b. A row runs <c>Lengths[b]</c> steps; behind them the hidden
/// states (forward) and gate gradients (backward) are set to zero, so that sums over all positions stay right.
/// </remarks>
public static partial class LstmSequence
{
    /// <summary>Arguments of the forward kernel; a group writes one row b of every step.</summary>
    public struct ForwardArguments
    {
        /// <summary>The input half of the gates for each slot [U, 4H], from <see cref="GateTable"/>.</summary>
        public ArrayView<float> Table;

        /// <summary>The slot of each position [T, B].</summary>
        public ArrayView<int> Slots;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary><c>lstm.weight_hh_l0</c> [4H, H].</summary>
        public ArrayView<float> RecurrentWeights;

        /// <summary>Activated gates, written [T, B, 4H].</summary>
        public ArrayView<float> Gates;

        /// <summary>Cell states, written [T, B, H].</summary>
        public ArrayView<float> CellStates;

        /// <summary>Hidden states, written [T, B, H].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>T.</summary>
        public int Steps;

        /// <summary>H.</summary>
        public int HiddenSize;
    }

    /// <summary>Arguments of the backward kernel; a group writes one row b of every step.</summary>
    public struct BackwardArguments
    {
        /// <summary>Gradient of each row's last hidden state [B, H].</summary>
        public ArrayView<float> LastHiddenGradient;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary><c>lstm.weight_hh_l0</c> [4H, H].</summary>
        public ArrayView<float> RecurrentWeights;

        /// <summary>Activated gates in, gradients of their pre-activations out [T, B, 4H].</summary>
        public ArrayView<float> Gates;

        /// <summary>Cell states [T, B, H].</summary>
        public ArrayView<float> CellStates;

        /// <summary>The cell state's gradient on its way back, scratch [B, H]; each element belongs to one thread.</summary>
        public ArrayView<float> CellGradient;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>T.</summary>
        public int Steps;

        /// <summary>H.</summary>
        public int HiddenSize;
    }

    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var row = Grid.IdxX;
        var hiddenSize = a.HiddenSize;
        var length = a.Lengths[row];
        for (var t = 0; t < length; t++)
        {
            var position = t * a.Rows + row;
            var before = position - a.Rows;
            var table = a.Slots[position] * 4 * hiddenSize;
            for (var unit = Group.IdxX; unit < hiddenSize; unit += Group.DimX)
            {
                var i = a.Table[table + unit];
                var f = a.Table[table + hiddenSize + unit];
                var g = a.Table[table + 2 * hiddenSize + unit];
                var o = a.Table[table + 3 * hiddenSize + unit];
                var previousCell = 0f;
                if (t > 0)
                {
                    previousCell = a.CellStates[before * hiddenSize + unit];
                    for (var k = 0; k < hiddenSize; k++)
                    {
                        var hiddenBefore = a.HiddenStates[before * hiddenSize + k];
                        i += a.RecurrentWeights[unit * hiddenSize + k] * hiddenBefore;
                        f += a.RecurrentWeights[(hiddenSize + unit) * hiddenSize + k] * hiddenBefore;
                        g += a.RecurrentWeights[(2 * hiddenSize + unit) * hiddenSize + k] * hiddenBefore;
                        o += a.RecurrentWeights[(3 * hiddenSize + unit) * hiddenSize + k] * hiddenBefore;
                    }
                }

                LstmCell.Forward(ref i, ref f, ref g, ref o, previousCell, out var cell, out var hidden);
                var gate = position * 4 * hiddenSize + unit;
                a.Gates[gate] = i;
                a.Gates[gate + hiddenSize] = f;
                a.Gates[gate + 2 * hiddenSize] = g;
                a.Gates[gate + 3 * hiddenSize] = o;
                a.CellStates[position * hiddenSize + unit] = cell;
                a.HiddenStates[position * hiddenSize + unit] = hidden;
            }

            Group.Barrier(); // the next step reads every unit's hidden state
        }

        for (var t = length; t < a.Steps; t++)
        {
            for (var unit = Group.IdxX; unit < hiddenSize; unit += Group.DimX)
                a.HiddenStates[(t * a.Rows + row) * hiddenSize + unit] = 0f;
        }
    }

    [DeviceKernel]
    internal static void BackwardKernel(BackwardArguments a)
    {
        var row = Grid.IdxX;
        var hiddenSize = a.HiddenSize;
        var gateRows = 4 * hiddenSize;
        var length = a.Lengths[row];
        for (var back = 0; back < length; back++)
        {
            var t = length - 1 - back;
            var position = t * a.Rows + row;
            for (var unit = Group.IdxX; unit < hiddenSize; unit += Group.DimX)
            {
                var hiddenGradient = 0f;
                var cellGradient = 0f;
                if (back == 0)
                {
                    hiddenGradient = a.LastHiddenGradient[row * hiddenSize + unit];
                }
                else
                {
                    var next = (position + a.Rows) * gateRows;
                    for (var gateRow = 0; gateRow < gateRows; gateRow++)
                        hiddenGradient += a.RecurrentWeights[gateRow * hiddenSize + unit] * a.Gates[next + gateRow];
                    cellGradient = a.CellGradient[row * hiddenSize + unit];
                }

                var gate = position * gateRows + unit;
                var i = a.Gates[gate];
                var f = a.Gates[gate + hiddenSize];
                var g = a.Gates[gate + 2 * hiddenSize];
                var o = a.Gates[gate + 3 * hiddenSize];
                var cell = a.CellStates[position * hiddenSize + unit];
                var previousCell = 0f;
                if (t > 0)
                    previousCell = a.CellStates[(position - a.Rows) * hiddenSize + unit];
                LstmCell.Backward(ref i, ref f, ref g, ref o, previousCell, cell, hiddenGradient, ref cellGradient);
                a.Gates[gate] = i;
                a.Gates[gate + hiddenSize] = f;
                a.Gates[gate + 2 * hiddenSize] = g;
                a.Gates[gate + 3 * hiddenSize] = o;
                a.CellGradient[row * hiddenSize + unit] = cellGradient;
            }

            Group.Barrier(); // the step before reads every unit's gate gradients
        }

        for (var t = length; t < a.Steps; t++)
        {
            for (var gateRow = Group.IdxX; gateRow < gateRows; gateRow += Group.DimX)
                a.Gates[(t * a.Rows + row) * gateRows + gateRow] = 0f;
        }
    }

    /// <summary>Queues the forward kernel: one group a row.</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments) =>
        device.LaunchGroupwise(ForwardKernel, arguments, arguments.Rows, arguments.HiddenSize);

    /// <summary>Queues the backward kernel: one group a row.</summary>
    public static void Backward(ComputeDevice device, BackwardArguments arguments) =>
        device.LaunchGroupwise(BackwardKernel, arguments, arguments.Rows, arguments.HiddenSize);
}
