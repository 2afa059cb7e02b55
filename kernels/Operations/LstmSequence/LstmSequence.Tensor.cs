using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The variants for more than 128 hidden units on tensor cores, one for each kind of operand (OperandQuad.cs): a launch a step, as
// in LstmSequence.Step.cs. A group has eight warps, and a warp 32 rows of 8 units (16 on the wide way back). Where there are few
// rows and units, all eight have the same, and each takes every eighth block of sixteen inputs; where there are enough for all
// multiprocessors, a group has a wide tile of two by two warps' parts, and two shares of the inputs, so that it reads half as
// much for each product. The warps' sums meet in shared memory, and each thread owns one or a few units of a row in the gate
// math.
//
// Scratch holds the operands as the warps read them: a thread's quad beside the next lane's. The weights are laid out so once
// before all steps; a step's inputs by the step before, whose owners write each value where its readers want it. So
// the inner loop has nothing but whole loads and products. Hidden units are filled up to a multiple of 16 with zeros.
//
//   weights   forward [units / 8, inputs / 16, 4 column tiles, 32 lanes], back [units / 8, gates / 16, 32 lanes]
//   operands  [2 steps by turns, rows / 16, inputs / 16, 2 halves of the rows, 32 lanes]
//
// Forward a block's inputs are sixteen hidden states, four a lane; columns are gates: of column tiles 2 p and 2 p + 1, a lane's
// columns 2 t and 2 t + 1 are the four gates of unit 4 p + t. Backward a block's inputs are the gates of four units, a unit's a
// lane; columns are units.
public static partial class LstmSequence
{
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
        var (unitTile, input) = (
            block / (filled / TensorTile.InputsInBlock),
            block % (filled / TensorTile.InputsInBlock) * TensorTile.InputsInBlock + 4 * t);
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

    /// <summary>Step <c>a.Step</c> forward; a thread writes the units of rows that it owns.</summary>
    [DeviceKernel]
    internal static void TensorForwardKernel<TQuad, TTile>(ForwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
        where TTile : unmanaged, ITensorTile
    {
        var sums = SharedMemory.Allocate<Quad>(TensorTile.Warps * TensorTile.Rows * TensorTile.Units); // [shares, rows, units]
        var place = TensorPlace.Of<TTile>(TensorTile.Units);
        var filled = TensorTile.Filled(a.HiddenSize);
        var owner = ForwardOwner.Load(a, place.RowOf(0), place.UnitOf(0));
        if (a.Step > 0)
        {
            var (blocks, firstRow) = (filled / TensorTile.InputsInBlock, Grid.IdxY * place.Rows + place.Row);
            var firstWeight = (Grid.IdxX * place.Units + place.Unit) / TensorTile.Units * blocks;
            var operands = TensorOperands.Of(filled, filled, a.Rows, a.Step - 1);
            TensorSums first = default, second = default, third = default, fourth = default;
            for (var block = place.Share; block < blocks; block += place.Shares)
            {
                var weight = (firstWeight + block) * TensorTile.ColumnTiles * TensorTile.Lanes + place.Lane;
                var rows = operands.Load<TQuad>(a.Scratch, firstRow, block, place.Lane);
                first.Add(rows, default(TQuad).Load(a.Scratch, weight));
                second.Add(rows, default(TQuad).Load(a.Scratch, weight + TensorTile.Lanes));
                third.Add(rows, default(TQuad).Load(a.Scratch, weight + 2 * TensorTile.Lanes));
                fourth.Add(rows, default(TQuad).Load(a.Scratch, weight + 3 * TensorTile.Lanes));
            }

            // In every second row the two halves of a warp's units change places, so that the lanes of two rows store into
            // different banks.
            var own = place.Sums + place.Lane % 4;
            var swap = 4 * (place.Lane / 4 % 2);
            StoreGates(sums, own + swap, place.Units, first, second);
            StoreGates(sums, own + 4 - swap, place.Units, third, fourth);
            Group.Barrier();
        }

        var next = TensorOperands.Of(filled, filled, a.Rows, a.Step);
        for (var n = 0; n < place.Owned; n++)
        {
            var (row, unit) = (place.RowOf(n), place.UnitOf(n));
            if (n > 0)
                owner = ForwardOwner.Load(a, row, unit);
            var sum = owner.InputHalf;
            if (a.Step > 0)
            {
                var own = (n * StepGroupSize + Group.IdxX) ^ (4 * (row % 2));
                for (var share = 0; share < place.Shares; share++)
                    sum.Add(sums[share * place.Rows * place.Units + own]);
            }

            var hidden = owner.Finish(a, sum);
            default(TQuad).StoreOne(a.Scratch, 4 * next.Quad(row, unit / 4) + unit % 4, hidden);
        }
    }

    /// <summary>Step <c>a.Step</c> back; a thread writes the units of rows that it owns.</summary>
    [DeviceKernel]
    internal static void TensorBackwardKernel<TQuad, TTile, TIncoming>(BackwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
        where TTile : unmanaged, ITensorTile
        where TIncoming : unmanaged, IIncomingGradient
    {
        // [shares, rows, units]
        var sums = SharedMemory.Allocate<float>(
            TensorTile.Warps * TensorTile.Rows * TensorTile.Units * default(TTile).UnitTilesBack);
        var place = TensorPlace.Of<TTile>(TensorTile.Units * default(TTile).UnitTilesBack);
        var filled = TensorTile.Filled(a.HiddenSize);
        var owner = BackwardOwner.Load<TIncoming>(a, place.RowOf(0), place.UnitOf(0));
        if (a.Step + 1 < a.Steps)
        {
            var (blocks, firstRow) = (filled / 4, Grid.IdxY * place.Rows + place.Row);
            var firstWeight = (Grid.IdxX * place.Units + place.Unit) / TensorTile.Units * blocks;
            var operands = TensorOperands.Of(filled, 4 * filled, a.Rows, a.Step + 1);
            TensorSums first = default, second = default;
            for (var block = place.Share; block < blocks; block += place.Shares)
            {
                var weight = (firstWeight + block) * TensorTile.Lanes + place.Lane;
                var rows = operands.Load<TQuad>(a.Scratch, firstRow, block, place.Lane);
                first.Add(rows, default(TQuad).Load(a.Scratch, weight));
                if (default(TTile).UnitTilesBack == 2)
                    second.Add(rows, default(TQuad).Load(a.Scratch, weight + blocks * TensorTile.Lanes));
            }

            var own = place.Sums + place.Lane % 4 * 2;
            StoreUnits(sums, own, place.Units, first);
            if (default(TTile).UnitTilesBack == 2)
                StoreUnits(sums, own + TensorTile.Units, place.Units, second);
            Group.Barrier();
        }

        var next = TensorOperands.Of(filled, 4 * filled, a.Rows, a.Step);
        for (var n = 0; n < place.Owned; n++)
        {
            var (row, unit) = (place.RowOf(n), place.UnitOf(n));
            if (n > 0)
                owner = BackwardOwner.Load<TIncoming>(a, row, unit);
            var sum = 0f;
            if (a.Step + 1 < a.Steps)
            {
                for (var share = 0; share < place.Shares; share++)
                    sum += sums[share * place.Rows * place.Units + n * StepGroupSize + Group.IdxX];
            }

            var gates = owner.Finish<TIncoming>(a, sum);
            default(TQuad).Store(a.Scratch, next.Quad(row, unit), Quad.Of(gates));
        }
    }

    /// <summary>A lane's unit of its four rows: gates i and f from one column tile, g and o from the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreGates(
        ArrayView<Quad> target, int place, int units, TensorSums inputAndForget, TensorSums candidateAndOutput)
    {
        StoreGates(target, place, units, inputAndForget.Upper, candidateAndOutput.Upper);
        StoreGates(target, place + 16 * units, units, inputAndForget.Lower, candidateAndOutput.Lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreGates(ArrayView<Quad> target, int place, int units, Quad inputAndForget, Quad candidateAndOutput)
    {
        target[place] = new Quad
        {
            X = inputAndForget.X,
            Y = inputAndForget.Y,
            Z = candidateAndOutput.X,
            W = candidateAndOutput.Y,
        };
        target[place + 8 * units] = new Quad
        {
            X = inputAndForget.Z,
            Y = inputAndForget.W,
            Z = candidateAndOutput.Z,
            W = candidateAndOutput.W,
        };
    }

    /// <summary>A lane's two units of its four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreUnits(ArrayView<float> target, int place, int units, TensorSums sums)
    {
        StoreUnits(target, place, units, sums.Upper);
        StoreUnits(target, place + 16 * units, units, sums.Lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreUnits(ArrayView<float> target, int place, int units, Quad sums)
    {
        target[place] = sums.X;
        target[place + 1] = sums.Y;
        target[place + 8 * units] = sums.Z;
        target[place + 8 * units + 1] = sums.W;
    }
}
