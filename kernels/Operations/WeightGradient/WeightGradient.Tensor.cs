using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product on tensor cores, operands made ready when they come out of shared memory. A group of eight warps has 16 units by
// 128 columns: a warp has the 32 gates of 8 units by 32 columns. The product's inputs are positions, sixteen at a time, of which
// the lane with t = lane % 4 has t, t + 4, t + 8 and t + 12. Rows of shared memory are longer than the tile, so that lanes of
// different t meet in different banks.
public static partial class WeightGradient
{
    private static class TensorTile
    {
        public const int Lanes = 32;
        public const int GroupSize = 256;
        public const int UnitsInWarp = 8;
        public const int ColumnsInWarp = 32;
        public const int Units = 2 * UnitsInWarp;
        public const int Columns = 4 * ColumnsInWarp;
        public const int PositionsInBlock = 16;
        public const int Positions = 2 * PositionsInBlock;
        public const int GateStride = Units + 2;
        public const int InputStride = Columns + 8;
    }

    /// <summary>A group writes a tile of one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void TensorSliceKernel<TTarget, TQuad>(Arguments a)
        where TTarget : unmanaged, ITarget
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var target = default(TTarget);
        var gates = SharedMemory.Allocate<Quad>(TensorTile.Positions * TensorTile.GateStride); // [positions, units]
        var inputs = SharedMemory.Allocate<float>(TensorTile.Positions * TensorTile.InputStride); // [positions, columns]
        var (lane, warp) = (Group.IdxX % TensorTile.Lanes, Group.IdxX / TensorTile.Lanes);
        var (g, t) = (lane / 4, lane % 4);
        var columns = target.Columns(a);
        var (firstUnit, firstColumn) = (Grid.IdxX * TensorTile.Units, Grid.IdxY * TensorTile.Columns);
        var begin = Grid.IdxZ * a.PositionsInSlice;
        var end = begin + a.PositionsInSlice;
        var positions = target.Positions(a);
        end = end < positions ? end : positions;
        var (unitInTile, columnInTile) = (warp % 2 * TensorTile.UnitsInWarp + g, warp / 2 * TensorTile.ColumnsInWarp + g);

        TensorSums first = default, second = default, third = default, fourth = default;
        for (var stage = begin; stage < end; stage += TensorTile.Positions)
        {
            for (var e = Group.IdxX; e < TensorTile.Positions * TensorTile.Units; e += TensorTile.GroupSize)
            {
                var (p, unit) = (e / TensorTile.Units, e % TensorTile.Units);
                Quad gate = default;
                if (stage + p < end && firstUnit + unit < a.HiddenSize)
                    gate = Quad.Of(a.GateGradients[(stage + p) * a.HiddenSize + firstUnit + unit]);
                gates[p * TensorTile.GateStride + unit] = gate;
            }

            for (var e = Group.IdxX; e < TensorTile.Positions * TensorTile.Columns; e += TensorTile.GroupSize)
            {
                var (p, column) = (e / TensorTile.Columns, e % TensorTile.Columns);
                var input = 0f;
                if (stage + p < end && firstColumn + column < columns)
                {
                    input = firstColumn + column < a.InputSize
                        ? a.Inputs[target.FirstInput(a, stage + p) + firstColumn + column]
                        : 1f;
                }

                inputs[p * TensorTile.InputStride + column] = input;
            }

            Group.Barrier();
            for (var p = t; p < TensorTile.Positions; p += TensorTile.PositionsInBlock)
            {
                var rows = GatesOf<TQuad>(gates, p * TensorTile.GateStride + unitInTile);
                var input = p * TensorTile.InputStride + columnInTile;
                first.Add(rows, InputsOf<TQuad>(inputs, input));
                second.Add(rows, InputsOf<TQuad>(inputs, input + 8));
                third.Add(rows, InputsOf<TQuad>(inputs, input + 16));
                fourth.Add(rows, InputsOf<TQuad>(inputs, input + 24));
            }

            Group.Barrier();
        }

        if (firstUnit + unitInTile < a.HiddenSize)
        {
            var column = firstColumn + warp / 2 * TensorTile.ColumnsInWarp + 2 * t;
            Store(a, firstUnit + unitInTile, column, columns, first);
            Store(a, firstUnit + unitInTile, column + 8, columns, second);
            Store(a, firstUnit + unitInTile, column + 16, columns, third);
            Store(a, firstUnit + unitInTile, column + 24, columns, fourth);
        }
    }

    /// <summary>A lane's four positions of one unit; its gates are rows g, g + 8, g + 16 and g + 24 of the product.</summary>
    private static RowOperands<TQuad> GatesOf<TQuad>(ArrayView<Quad> gates, int first)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        const int Stride = 4 * TensorTile.GateStride;
        var (x, y, z, w) = (gates[first], gates[first + Stride], gates[first + 2 * Stride], gates[first + 3 * Stride]);
        return new RowOperands<TQuad>
        {
            A = default(TQuad).Of(new Quad { X = x.X, Y = y.X, Z = z.X, W = w.X }),
            B = default(TQuad).Of(new Quad { X = x.Y, Y = y.Y, Z = z.Y, W = w.Y }),
            C = default(TQuad).Of(new Quad { X = x.Z, Y = y.Z, Z = z.Z, W = w.Z }),
            D = default(TQuad).Of(new Quad { X = x.W, Y = y.W, Z = z.W, W = w.W }),
        };
    }

    /// <summary>A lane's four positions of one column.</summary>
    private static TQuad InputsOf<TQuad>(ArrayView<float> inputs, int first)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        const int Stride = 4 * TensorTile.InputStride;
        return default(TQuad).Of(new Quad
        {
            X = inputs[first],
            Y = inputs[first + Stride],
            Z = inputs[first + 2 * Stride],
            W = inputs[first + 3 * Stride],
        });
    }

    /// <summary>A lane's two columns of one unit's gates.</summary>
    private static void Store(Arguments a, int unit, int column, int columns, TensorSums sums)
    {
        Store(a, unit, column, columns, new Quad { X = sums.Upper.X, Y = sums.Upper.Z, Z = sums.Lower.X, W = sums.Lower.Z });
        Store(a, unit, column + 1, columns, new Quad { X = sums.Upper.Y, Y = sums.Upper.W, Z = sums.Lower.Y, W = sums.Lower.W });
    }

    private sealed class TensorVariant<TQuad> : WeightGradientVariant
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        public override string Name => $"Tensor{default(TQuad).Name}";

        public override Precision Precision => default(TQuad).Precision;

        public override bool UsesTensorCores => true;

        public override bool Supports(ComputeDevice device, int hiddenSize, int columns) => device.Info.HasTensorCores;

        internal override bool IsChosen(ComputeDevice device, int hiddenSize, int columns, Precision precision) =>
            Supports(device, hiddenSize, columns)
                && precision == Precision
                && hiddenSize >= TensorTile.Units
                && columns >= MinColumnsForTensorCores;

        internal override Index2D Tiles(ComputeDevice device, int hiddenSize, int columns) =>
            new((hiddenSize + TensorTile.Units - 1) / TensorTile.Units, (columns + TensorTile.Columns - 1) / TensorTile.Columns);

        internal override void LaunchSlices<TTarget>(
            ComputeDevice device, Arguments arguments, Index3D groups, KernelWork work) =>
            device.Launch(TensorSliceKernel<TTarget, TQuad>, arguments, groups, new Index3D(TensorTile.GroupSize, 1, 1), work);

        internal override IEnumerable<KernelInstance> Kernels<TTarget>() =>
            [new(TensorSliceKernel<TTarget, TQuad>, TensorTile.GroupSize)];
    }
}
