using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The rungs for more than 128 hidden units on tensor cores, one for each kind of operand (OperandQuad.cs): a launch a step, as in LstmSequence.Step.cs. A group of
// eight warps computes 8 units of 32 rows. Each warp takes every eighth block of sixteen inputs for the whole tile; the warps' sums
// meet in shared memory, and each thread owns one unit of one row in the gate math.
//
// Scratch holds the operands as the warps read them: a thread's quad beside the next lane's. The weights are laid out so once
// before all steps; a step's inputs by the step before, whose owners write each value where its readers want it. So
// the inner loop has nothing but whole loads and products. Hidden units are filled up to a multiple of 16 with zeros.
//
//   weights   forward [units / 8, inputs / 16, 4 column tiles, 32 lanes], back [units / 8, gates / 16, 32 lanes]
//   operands  [2 steps by turns, rows / 16, inputs / 16, 2 halves of the rows, 32 lanes]
//
// Forward a block's inputs are sixteen hidden states, four a lane; columns are gates: of column tiles 2 p and 2 p + 1, a lane's columns
// 2 t and 2 t + 1 are the four gates of unit 4 p + t. Backward a block's inputs are the gates of four units, a unit's a lane; columns are units.
public static partial class LstmSequence
{
    private static class TensorTile
    {
        public const int Lanes = 32;
        public const int Warps = StepGroupSize / Lanes;
        public const int Units = 8;
        public const int Rows = 32;
        public const int ColumnTiles = 4 * Units / 8;
        public const int InputsInBlock = 16;

        /// <summary>Hidden units with the zeros behind them.</summary>
        public static int Filled(int units) => (units + InputsInBlock - 1) / InputsInBlock * InputsInBlock;
    }

    /// <summary>Where the operands of a step lie in scratch, in quads.</summary>
    private struct TensorOperands
    {
        private int first;
        private int blocks;

        /// <param name="units">H, filled.</param>
        /// <param name="inputs">Of the product, filled.</param>
        /// <param name="rows">B.</param>
        /// <param name="step">t.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TensorOperands Of(int units, int inputs, int rows, int step)
        {
            var filledRows = (rows + TensorTile.Rows - 1) / TensorTile.Rows * TensorTile.Rows;
            return new TensorOperands
            {
                first = units * units + (step & 1) * filledRows * (inputs / 4),
                blocks = inputs / TensorTile.InputsInBlock,
            };
        }

        /// <summary>The quad of a row, of quad number <paramref name="quad"/> of its inputs.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly int Quad(int row, int quad) => Block(row / 16, quad / 4) + row % 16 / 8 * TensorTile.Lanes + row % 8 * 4 + quad % 4;

        /// <summary>A lane's quads of 32 rows and one block.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly RowOperands<TQuad> Load<TQuad>(ArrayView<float> scratch, int firstRow, int block, int lane)
            where TQuad : unmanaged, IOperandQuad<TQuad>
        {
            var (upper, lower) = (Block(firstRow / 16, block) + lane, Block(firstRow / 16 + 1, block) + lane);
            return new RowOperands<TQuad>
            {
                A = default(TQuad).Load(scratch, upper),
                B = default(TQuad).Load(scratch, upper + TensorTile.Lanes),
                C = default(TQuad).Load(scratch, lower),
                D = default(TQuad).Load(scratch, lower + TensorTile.Lanes),
            };
        }

        private readonly int Block(int rowTile, int block) => first + (rowTile * blocks + block) * 2 * TensorTile.Lanes;
    }

    /// <summary>Lays out the weights for the steps forward; a thread a quad.</summary>
    [DeviceKernel]
    internal static void TensorWeightsForwardKernel<TQuad>(ForwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var index = Grid.GlobalIndex.X;
        var filled = TensorTile.Filled(a.HiddenSize);
        if (index >= filled * filled)
            return;
        var (lane, tile) = (index % TensorTile.Lanes, index / TensorTile.Lanes % TensorTile.ColumnTiles);
        var block = index / (TensorTile.ColumnTiles * TensorTile.Lanes);
        var (g, t) = (lane / 4, lane % 4);
        var (unitTile, input) = (block / (filled / TensorTile.InputsInBlock), block % (filled / TensorTile.InputsInBlock) * TensorTile.InputsInBlock + 4 * t);
        var (unit, gate) = (unitTile * TensorTile.Units + tile / 2 * 4 + g / 2, tile % 2 * 2 + g % 2);
        default(TQuad).Store(a.Scratch, index, HiddenWeights(a.RecurrentWeights, a.HiddenSize, gate, unit, input));
    }

    /// <summary>Lays out the weights for the steps back; a thread a quad.</summary>
    [DeviceKernel]
    internal static void TensorWeightsBackwardKernel<TQuad>(BackwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var index = Grid.GlobalIndex.X;
        var filled = TensorTile.Filled(a.HiddenSize);
        if (index >= filled * filled)
            return;
        var (lane, block) = (index % TensorTile.Lanes, index / TensorTile.Lanes);
        var (g, t) = (lane / 4, lane % 4);
        var (unit, input) = (block % (filled / 4) * 4 + t, block / (filled / 4) * TensorTile.Units + g);
        default(TQuad).Store(a.Scratch, index, UnitWeights(a.RecurrentWeights, a.HiddenSize, unit, input));
    }

    /// <summary>Step <c>a.Step</c> forward; a thread writes one unit of one row.</summary>
    [DeviceKernel]
    internal static void TensorForwardKernel<TQuad>(ForwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var sums = SharedMemory.Allocate<Quad>(TensorTile.Warps * TensorTile.Rows * TensorTile.Units); // [warps, rows, units]
        var (lane, warp) = (Group.IdxX % TensorTile.Lanes, Group.IdxX / TensorTile.Lanes);
        var (firstUnit, firstRow) = (Grid.IdxX * TensorTile.Units, Grid.IdxY * TensorTile.Rows);
        var (unit, row) = (firstUnit + Group.IdxX % TensorTile.Units, firstRow + Group.IdxX / TensorTile.Units);
        var filled = TensorTile.Filled(a.HiddenSize);
        var owner = ForwardOwner.Load(a, row, unit);
        var sum = owner.InputHalf;
        if (a.Step > 0)
        {
            var operands = TensorOperands.Of(filled, filled, a.Rows, a.Step - 1);
            TensorSums first = default, second = default, third = default, fourth = default;
            for (var block = warp; block < filled / TensorTile.InputsInBlock; block += TensorTile.Warps)
            {
                var weight = (Grid.IdxX * (filled / TensorTile.InputsInBlock) + block) * TensorTile.ColumnTiles * TensorTile.Lanes + lane;
                var rows = operands.Load<TQuad>(a.Scratch, firstRow, block, lane);
                first.Add(rows, default(TQuad).Load(a.Scratch, weight));
                second.Add(rows, default(TQuad).Load(a.Scratch, weight + TensorTile.Lanes));
                third.Add(rows, default(TQuad).Load(a.Scratch, weight + 2 * TensorTile.Lanes));
                fourth.Add(rows, default(TQuad).Load(a.Scratch, weight + 3 * TensorTile.Lanes));
            }

            // In every second row the two halves change places, so that the lanes of two rows store into different banks.
            var place = (warp * TensorTile.Rows + lane / 4) * TensorTile.Units + lane % 4;
            var swap = 4 * (lane / 4 % 2);
            StoreGates(sums, place + swap, first, second);
            StoreGates(sums, place + 4 - swap, third, fourth);
            Group.Barrier();
            var own = Group.IdxX ^ (4 * (row % 2));
            for (var part = 0; part < TensorTile.Warps; part++)
                sum.Add(sums[part * StepGroupSize + own]);
        }

        var hidden = owner.Finish(a, sum);
        var next = TensorOperands.Of(filled, filled, a.Rows, a.Step);
        default(TQuad).StoreOne(a.Scratch, 4 * next.Quad(row, unit / 4) + unit % 4, hidden);
    }

    /// <summary>Step <c>a.Step</c> back; a thread writes one unit of one row.</summary>
    [DeviceKernel]
    internal static void TensorBackwardKernel<TQuad>(BackwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var sums = SharedMemory.Allocate<float>(TensorTile.Warps * TensorTile.Rows * TensorTile.Units); // [warps, rows, units]
        var (lane, warp) = (Group.IdxX % TensorTile.Lanes, Group.IdxX / TensorTile.Lanes);
        var (firstUnit, firstRow) = (Grid.IdxX * TensorTile.Units, Grid.IdxY * TensorTile.Rows);
        var (unit, row) = (firstUnit + Group.IdxX % TensorTile.Units, firstRow + Group.IdxX / TensorTile.Units);
        var filled = TensorTile.Filled(a.HiddenSize);
        var owner = BackwardOwner.Load(a, row, unit);
        var sum = 0f;
        if (a.Step + 1 < a.Steps)
        {
            var operands = TensorOperands.Of(filled, 4 * filled, a.Rows, a.Step + 1);
            TensorSums own = default;
            for (var block = warp; block < filled / 4; block += TensorTile.Warps)
            {
                var rows = operands.Load<TQuad>(a.Scratch, firstRow, block, lane);
                own.Add(rows, default(TQuad).Load(a.Scratch, (Grid.IdxX * (filled / 4) + block) * TensorTile.Lanes + lane));
            }

            var place = (warp * TensorTile.Rows + lane / 4) * TensorTile.Units + lane % 4 * 2;
            StoreUnits(sums, place, own.Upper);
            StoreUnits(sums, place + 16 * TensorTile.Units, own.Lower);
            Group.Barrier();
            for (var part = 0; part < TensorTile.Warps; part++)
                sum += sums[part * StepGroupSize + Group.IdxX];
        }

        var gates = owner.Finish(a, sum);
        var next = TensorOperands.Of(filled, 4 * filled, a.Rows, a.Step);
        default(TQuad).Store(a.Scratch, next.Quad(row, unit), Quad.Of(gates));
    }

    /// <summary>Every specialisation; in groups of 256.</summary>
    internal static IEnumerable<Delegate> TensorSpecialisations() => [.. TensorKernels<SplitQuad>(), .. TensorKernels<Tf32Quad>(), .. TensorKernels<BFloat16Quad>()];

    private static Delegate[] TensorKernels<TQuad>()
        where TQuad : unmanaged, IOperandQuad<TQuad> =>
        [TensorWeightsForwardKernel<TQuad>, TensorForwardKernel<TQuad>, TensorWeightsBackwardKernel<TQuad>, TensorBackwardKernel<TQuad>];

    /// <summary>A lane's unit of its four rows: gates i and f from one column tile, g and o from the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreGates(ArrayView<Quad> target, int place, TensorSums inputAndForget, TensorSums candidateAndOutput)
    {
        StoreGates(target, place, inputAndForget.Upper, candidateAndOutput.Upper);
        StoreGates(target, place + 16 * TensorTile.Units, inputAndForget.Lower, candidateAndOutput.Lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreGates(ArrayView<Quad> target, int place, Quad inputAndForget, Quad candidateAndOutput)
    {
        target[place] = new Quad { X = inputAndForget.X, Y = inputAndForget.Y, Z = candidateAndOutput.X, W = candidateAndOutput.Y };
        target[place + 8 * TensorTile.Units] = new Quad { X = inputAndForget.Z, Y = inputAndForget.W, Z = candidateAndOutput.Z, W = candidateAndOutput.W };
    }

    /// <summary>A lane's two units of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreUnits(ArrayView<float> target, int place, Quad sums)
    {
        target[place] = sums.X;
        target[place + 1] = sums.Y;
        target[place + 8 * TensorTile.Units] = sums.Z;
        target[place + 8 * TensorTile.Units + 1] = sums.W;
    }

    private static void ForwardOnTensorCores<TQuad>(ComputeDevice device, ForwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        device.LaunchElementwise(TensorWeightsForwardKernel<TQuad>, a, TensorWeights(a.HiddenSize), TensorWeightsWork(a.HiddenSize));
        for (a.Step = 0; a.Step < a.Steps; a.Step++)
            device.Launch(TensorForwardKernel<TQuad>, a, TensorGroups(a.HiddenSize, a.Rows), new Index3D(StepGroupSize, 1, 1), StepWork(a));
    }

    private static void BackwardOnTensorCores<TQuad>(ComputeDevice device, BackwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        device.LaunchElementwise(TensorWeightsBackwardKernel<TQuad>, a, TensorWeights(a.HiddenSize), TensorWeightsWork(a.HiddenSize));
        for (a.Step = a.Steps - 1; a.Step >= 0; a.Step--)
            device.Launch(TensorBackwardKernel<TQuad>, a, TensorGroups(a.HiddenSize, a.Rows), new Index3D(StepGroupSize, 1, 1), StepWork(a));
    }

    /// <summary>Quads of weights.</summary>
    private static int TensorWeights(int hiddenSize) => TensorTile.Filled(hiddenSize) * TensorTile.Filled(hiddenSize);

    private static KernelWork TensorWeightsWork(int hiddenSize) => KernelWork.Of(8L * TensorWeights(hiddenSize));

    /// <summary>Elements of scratch: the weights, and the gates' gradients of two steps.</summary>
    private static long TensorScratchLength(int rows, int hiddenSize) =>
        4L * TensorWeights(hiddenSize) + 2L * 4 * Tiles(rows, TensorTile.Rows) * TensorTile.Rows * TensorTile.Filled(hiddenSize);

    private static Index3D TensorGroups(int hiddenSize, int rows) =>
        new(TensorTile.Filled(hiddenSize) / TensorTile.Units, Tiles(rows, TensorTile.Rows), 1);
}
