using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

// The gate math of a launch that is one step (LstmSequence.Step.cs and LstmSequence.Tensor.cs): a thread owns one unit of one
// row. What the math needs is asked for before the product, so that it is there when the product is.
public static partial class LstmSequence
{
    /// <summary>The unit of one row that a thread owns in a step's gate math, forward.</summary>
    private struct ForwardOwner
    {
        private bool exists;
        private bool runs;
        private int index;
        private UnitGates table;
        private float previousCell;
        private float factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static ForwardOwner Load(ForwardArguments a, int row, int unit)
        {
            ForwardOwner owner = default;
            owner.exists = row < a.Rows & unit < a.HiddenSize;
            owner.index = (a.Step * a.Rows + row) * a.HiddenSize + unit;
            owner.factor = FactorOf(a.StateFactors, row * a.HiddenSize + unit, owner.exists);
            var length = 0;
            if (owner.exists)
                length = a.Lengths[row];
            owner.runs = a.Step < length;
            if (owner.runs)
            {
                owner.table = a.Table[a.Slots[a.Step * a.Rows + row] * a.HiddenSize + unit];
                if (a.Step > 0)
                    owner.previousCell = a.CellStates[owner.index - a.Rows * a.HiddenSize];
            }

            return owner;
        }

        /// <summary>The input half of the gates, to which the product is added.</summary>
        public readonly Quad InputHalf => Quad.Of(table);

        /// <summary>Writes the unit's gates and states.</summary>
        /// <param name="a">Where.</param>
        /// <param name="sum">Pre-activations.</param>
        /// <returns>The hidden state, 0 behind the row's end and outside.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly float Finish(ForwardArguments a, Quad sum)
        {
            var hidden = 0f;
            if (runs)
            {
                var gates = sum.AsGates();
                LstmCell.Forward(ref gates, previousCell, out var cell, out hidden);
                hidden *= factor;
                a.Gates[index] = gates;
                a.CellStates[index] = cell;
            }

            if (exists)
                a.HiddenStates[index] = hidden;
            return hidden;
        }
    }

    /// <summary>The same, backward.</summary>
    private struct BackwardOwner
    {
        private bool exists;
        private bool runs;
        private bool isLast;
        private int index;
        private int state;
        private UnitGates gates;
        private float cell;
        private float previousCell;
        private float incoming;
        private float cellGradient;
        private float factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static BackwardOwner Load<TIncoming>(BackwardArguments a, int row, int unit)
            where TIncoming : unmanaged, IIncomingGradient
        {
            BackwardOwner owner = default;
            owner.exists = row < a.Rows & unit < a.HiddenSize;
            owner.state = row * a.HiddenSize + unit;
            owner.index = a.Step * a.Rows * a.HiddenSize + owner.state;
            owner.factor = FactorOf(a.StateFactors, owner.state, owner.exists);
            var length = 0;
            if (owner.exists)
                length = a.Lengths[row];
            owner.runs = a.Step < length;
            owner.isLast = a.Step == length - 1;
            if (owner.runs)
            {
                owner.gates = a.Gates[owner.index];
                owner.cell = a.CellStates[owner.index];
                if (a.Step > 0)
                    owner.previousCell = a.CellStates[owner.index - a.Rows * a.HiddenSize];
                if (owner.isLast)
                    owner.incoming = a.HiddenGradient[default(TIncoming).IsAtEveryStep ? owner.index : owner.state];
                else
                    owner.cellGradient = a.CellGradient[owner.state];
                if (default(TIncoming).IsAtEveryStep && !owner.isLast)
                    owner.incoming = a.HiddenGradient[owner.index];
            }

            return owner;
        }

        /// <summary>Writes the gradients of the unit's gates, and of its cell state for the step before.</summary>
        /// <param name="a">Where.</param>
        /// <param name="sum">The hidden state's gradient from the step behind.</param>
        /// <returns>The gates' gradients, 0 behind the row's end and outside.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public UnitGates Finish<TIncoming>(BackwardArguments a, float sum)
            where TIncoming : unmanaged, IIncomingGradient
        {
            if (runs)
            {
                var hiddenGradient = isLast ? incoming : sum;
                if (default(TIncoming).IsAtEveryStep && !isLast)
                    hiddenGradient += incoming;
                LstmCell.Backward(ref gates, previousCell, DeviceMath.Tanh(cell), factor * hiddenGradient, ref cellGradient);
                a.Gates[index] = gates;
                a.CellGradient[state] = cellGradient;
            }
            else if (exists)
            {
                a.Gates[index] = default;
            }

            return gates;
        }
    }
}
