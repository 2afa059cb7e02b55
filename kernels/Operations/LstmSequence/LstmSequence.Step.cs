using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The variant for more than 128 hidden units where there are no tensor cores: a launch a step, a matrix product with the step's
// gate math behind it. A group of 256 threads computes a tile: a thread has four rows (y) of one quad of outputs (x), and every z
// takes its share of the inputs. Shared memory holds a stage of the inputs and weights at a time, while the next one is on its
// way: sizes are such that a thread loads one quad of either, and owns one unit of one row in the gate math, whose operands it
// asks for before the product. Leading dimensions are a quad longer than the tile, so that threads which store side by side meet
// in few banks.
//
// Forward an output quad is a unit's four gates, and an input quad four hidden states of the step before. Backward an
// output quad is the gradients of four hidden states, and an input quad those of a unit's gates in the step behind.
public static partial class LstmSequence
{
    private const int StepGroupSize = 256;

    /// <summary>The forward tile: 8 units by 32 rows, inputs in 4 parts of 2 quads a stage.</summary>
    private static class ForwardTile
    {
        public const int Columns = 8;
        public const int RowQuads = 8;
        public const int Rows = 4 * RowQuads;
        public const int Parts = 4;
        public const int QuadsInPart = 2;
        public const int Stage = Parts * QuadsInPart;
    }

    /// <summary>The backward tile: 4 quads of units by 16 rows, inputs in 16 parts of a quad a stage.</summary>
    private static class BackwardTile
    {
        public const int Columns = 4;
        public const int Units = 4 * Columns;
        public const int RowQuads = 4;
        public const int Rows = 4 * RowQuads;
        public const int Parts = 16;
        public const int QuadsInPart = 1;
        public const int Stage = Parts * QuadsInPart;
    }

    /// <summary>A thread's four rows of an output quad.</summary>
    private struct RowSums
    {
        public Quad A;
        public Quad B;
        public Quad C;
        public Quad D;

        /// <summary>Adds a part of a stage.</summary>
        /// <param name="weights">[quads, 4, columns + 1].</param>
        /// <param name="weight">The first quad's weights of this column.</param>
        /// <param name="weightStride">columns + 1.</param>
        /// <param name="inputs">[quads, rows + 1].</param>
        /// <param name="input">The first quad's input of the first row.</param>
        /// <param name="inputStride">rows + 1.</param>
        /// <param name="quads">Quads of inputs.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(
            ArrayView<Quad> weights, int weight, int weightStride, ArrayView<Quad> inputs, int input, int inputStride, int quads)
        {
            for (var n = 0; n < quads; n++)
            {
                var columns = new WeightColumns
                {
                    A = weights[weight],
                    B = weights[weight + weightStride],
                    C = weights[weight + 2 * weightStride],
                    D = weights[weight + 3 * weightStride],
                };
                columns.Multiply(ref A, inputs[input]);
                columns.Multiply(ref B, inputs[input + 1]);
                columns.Multiply(ref C, inputs[input + 2]);
                columns.Multiply(ref D, inputs[input + 3]);
                weight += 4 * weightStride;
                input += inputStride;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<Quad> target, int first, int stride)
        {
            target[first] = A;
            target[first + stride] = B;
            target[first + 2 * stride] = C;
            target[first + 3 * stride] = D;
        }
    }

    /// <summary>Step <c>a.Step</c> forward; a thread writes one unit of one row.</summary>
    [DeviceKernel]
    internal static void StepForwardKernel(ForwardArguments a)
    {
        const int Stride = ForwardTile.Rows + 1;
        const int WeightStride = ForwardTile.Columns + 1;
        var inputs = SharedMemory.Allocate<Quad>(ForwardTile.Stage * Stride);
        var weights = SharedMemory.Allocate<Quad>(4 * ForwardTile.Stage * WeightStride);
        var sums = SharedMemory.Allocate<Quad>(ForwardTile.Parts * ForwardTile.Rows * ForwardTile.Columns);
        var (x, y, z) = (Group.IdxX, Group.IdxY, Group.IdxZ);
        var thread = (z * ForwardTile.RowQuads + y) * ForwardTile.Columns + x;
        var (firstUnit, firstRow) = (Grid.IdxX * ForwardTile.Columns, Grid.IdxY * ForwardTile.Rows);
        var units = a.HiddenSize;

        var owner = ForwardOwner.Load(a, firstRow + thread / ForwardTile.Columns, firstUnit + thread % ForwardTile.Columns);
        RowSums own = default;
        if (a.Step > 0)
        {
            // What it loads of every stage; neighbours read neighbours.
            var (inputQuad, inputRow) = (thread % ForwardTile.Stage, thread / ForwardTile.Stage);
            var (weightInput, weightUnit) = (thread % (4 * ForwardTile.Stage), thread / (4 * ForwardTile.Stage));
            var input = HiddenQuad(a, firstRow + inputRow, 4 * inputQuad);
            var weight = UnitWeights(a.RecurrentWeights, units, firstUnit + weightUnit, weightInput);
            for (var first = 0; first < units; first += 4 * ForwardTile.Stage)
            {
                inputs[inputQuad * Stride + inputRow] = input;
                weights[weightInput * WeightStride + weightUnit] = weight;
                Group.Barrier();
                var next = first + 4 * ForwardTile.Stage;
                if (next < units)
                {
                    input = HiddenQuad(a, firstRow + inputRow, next + 4 * inputQuad);
                    weight = UnitWeights(a.RecurrentWeights, units, firstUnit + weightUnit, next + weightInput);
                }

                var quad = z * ForwardTile.QuadsInPart;
                own.Add(
                    weights, 4 * quad * WeightStride + x, WeightStride, inputs, quad * Stride + 4 * y, Stride,
                    ForwardTile.QuadsInPart);
                Group.Barrier();
            }
        }

        own.Store(sums, (z * ForwardTile.Rows + 4 * y) * ForwardTile.Columns + x, ForwardTile.Columns);
        Group.Barrier();
        var sum = owner.InputHalf;
        for (var part = 0; part < ForwardTile.Parts; part++)
            sum.Add(sums[part * StepGroupSize + thread]);
        owner.Finish(a, sum);
    }

    /// <summary>Step <c>a.Step</c> back; a thread writes one unit of one row.</summary>
    [DeviceKernel]
    internal static void StepBackwardKernel<TIncoming>(BackwardArguments a)
        where TIncoming : unmanaged, IIncomingGradient
    {
        const int Stride = BackwardTile.Rows + 1;
        const int WeightStride = BackwardTile.Columns + 1;
        var inputs = SharedMemory.Allocate<Quad>(BackwardTile.Stage * Stride);
        var weights = SharedMemory.Allocate<Quad>(4 * BackwardTile.Stage * WeightStride);
        var sums = SharedMemory.Allocate<Quad>(BackwardTile.Parts * BackwardTile.Rows * BackwardTile.Columns);
        var (x, y, z) = (Group.IdxX, Group.IdxY, Group.IdxZ);
        var thread = (z * BackwardTile.RowQuads + y) * BackwardTile.Columns + x;
        var (firstUnit, firstRow) = (Grid.IdxX * BackwardTile.Units, Grid.IdxY * BackwardTile.Rows);
        var units = a.HiddenSize;

        var owner = BackwardOwner.Load<TIncoming>(
            a, firstRow + thread / BackwardTile.Units, firstUnit + thread % BackwardTile.Units);
        RowSums own = default;
        if (a.Step + 1 < a.Steps)
        {
            // What it loads of every stage; neighbours read neighbours.
            var (inputUnit, inputRow) = (thread % BackwardTile.Stage, thread / BackwardTile.Stage);
            var (weightColumn, weightGate, weightUnit) =
                (thread % BackwardTile.Columns, thread / BackwardTile.Columns % 4, thread / (4 * BackwardTile.Columns));
            var input = GateGradients(a, firstRow + inputRow, inputUnit);
            var weight = HiddenWeights(a.RecurrentWeights, units, weightGate, weightUnit, firstUnit + 4 * weightColumn);
            for (var first = 0; first < units; first += BackwardTile.Stage)
            {
                inputs[inputUnit * Stride + inputRow] = input;
                weights[(4 * weightUnit + weightGate) * WeightStride + weightColumn] = weight;
                Group.Barrier();
                var next = first + BackwardTile.Stage;
                if (next < units)
                {
                    input = GateGradients(a, firstRow + inputRow, next + inputUnit);
                    weight = HiddenWeights(
                        a.RecurrentWeights, units, weightGate, next + weightUnit, firstUnit + 4 * weightColumn);
                }

                var quad = z * BackwardTile.QuadsInPart;
                own.Add(
                    weights, 4 * quad * WeightStride + x, WeightStride, inputs, quad * Stride + 4 * y, Stride,
                    BackwardTile.QuadsInPart);
                Group.Barrier();
            }
        }

        own.Store(sums, (z * BackwardTile.Rows + 4 * y) * BackwardTile.Columns + x, BackwardTile.Columns);
        Group.Barrier();
        var sum = 0f;
        for (var part = 0; part < BackwardTile.Parts; part++)
            sum += sums.Cast<float>()[part * StepGroupSize + thread];
        owner.Finish<TIncoming>(a, sum);
    }

    /// <summary>Four hidden states of the step before, 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad HiddenQuad(ForwardArguments a, int row, int unit)
    {
        var first = ((a.Step - 1) * a.Rows + row) * a.HiddenSize;
        var inside = row < a.Rows;
        return new Quad
        {
            X = Guarded.Element(a.HiddenStates, first + unit, inside & unit < a.HiddenSize),
            Y = Guarded.Element(a.HiddenStates, first + unit + 1, inside & unit + 1 < a.HiddenSize),
            Z = Guarded.Element(a.HiddenStates, first + unit + 2, inside & unit + 2 < a.HiddenSize),
            W = Guarded.Element(a.HiddenStates, first + unit + 3, inside & unit + 3 < a.HiddenSize),
        };
    }

    /// <summary>The weights of a unit's four gates for one hidden state, 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad UnitWeights(ArrayView<float> weights, int units, int unit, int input)
    {
        var inside = unit < units & input < units;
        var (first, stride) = (unit * units + input, units * units);
        return new Quad
        {
            X = Guarded.Element(weights, first, inside),
            Y = Guarded.Element(weights, first + stride, inside),
            Z = Guarded.Element(weights, first + 2 * stride, inside),
            W = Guarded.Element(weights, first + 3 * stride, inside),
        };
    }

    /// <summary>The gradients of a unit's gates in the step behind, 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad GateGradients(BackwardArguments a, int row, int unit)
    {
        Quad gradients = default;
        if (row < a.Rows && unit < a.HiddenSize)
            gradients = Quad.Of(a.Gates[((a.Step + 1) * a.Rows + row) * a.HiddenSize + unit]);
        return gradients;
    }

    /// <summary>The weights of four hidden states in one gate of a unit, 0 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad HiddenWeights(ArrayView<float> weights, int units, int gate, int unit, int input)
    {
        var first = (gate * units + unit) * units + input;
        var inside = unit < units;
        return new Quad
        {
            X = Guarded.Element(weights, first, inside & input < units),
            Y = Guarded.Element(weights, first + 1, inside & input + 1 < units),
            Z = Guarded.Element(weights, first + 2, inside & input + 2 < units),
            W = Guarded.Element(weights, first + 3, inside & input + 3 < units),
        };
    }

    // states of the step before too
    private static KernelWork StepWork(ForwardArguments a) => Work(a.Rows, 1, a.HiddenSize, elementsInUnit: 12);

    // gradients of the step behind too
    private static KernelWork StepWork(BackwardArguments a) => Work(a.Rows, 1, a.HiddenSize, elementsInUnit: 15);

    private static int Tiles(int items, int inTile) => (items + inTile - 1) / inTile;

    private sealed class StepVariant : SequenceVariant
    {
        public override string Name => "Step";

        public override bool IsLaunchAStep => true;

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(StepForwardKernel, StepGroupSize),
            new(StepBackwardKernel<AtLastStep>, StepGroupSize),
            new(StepBackwardKernel<AtEveryStep>, StepGroupSize),
        ];

        public override bool Supports(ComputeDevice device, int hiddenSize) => device.Fits(StepGroupSize, 0, 0);

        public override int Launches(int steps) => steps;

        public override void Forward(ComputeDevice device, ForwardArguments arguments)
        {
            var groups = new Index3D(
                Tiles(arguments.HiddenSize, ForwardTile.Columns), Tiles(arguments.Rows, ForwardTile.Rows), 1);
            var group = new Index3D(ForwardTile.Columns, ForwardTile.RowQuads, ForwardTile.Parts);
            for (arguments.Step = 0; arguments.Step < arguments.Steps; arguments.Step++)
                device.Launch(StepForwardKernel, arguments, groups, group, StepWork(arguments));
        }

        internal override void Backward<TIncoming>(ComputeDevice device, BackwardArguments arguments)
        {
            var groups = new Index3D(
                Tiles(arguments.HiddenSize, BackwardTile.Units), Tiles(arguments.Rows, BackwardTile.Rows), 1);
            var group = new Index3D(BackwardTile.Columns, BackwardTile.RowQuads, BackwardTile.Parts);
            for (arguments.Step = arguments.Steps - 1; arguments.Step >= 0; arguments.Step--)
                device.Launch(StepBackwardKernel<TIncoming>, arguments, groups, group, StepWork(arguments));
        }
    }
}
