using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Products;

/// <summary>
/// A product on tensor cores, operands made ready when they come out of shared memory. A group of eight warps has 16 quads by 128
/// columns: a warp has the 32 rows of 8 quads by 32 columns. The inputs come sixteen at a time, of which the lane with t = lane %
/// 4 has t, t + 4, t + 8 and t + 12.
/// </summary>
internal static class TensorTiledProduct
{
    /// <summary>Threads of a group.</summary>
    public const int GroupSize = 256;

    /// <summary>Quads of a group's tile.</summary>
    public const int Quads = 2 * QuadsInWarp;

    /// <summary>Columns of a group's tile.</summary>
    public const int Columns = 4 * ColumnsInWarp;

    /// <summary>Elements of the left operand in shared memory.</summary>
    public const int LeftLength = Inputs * LeftStride;

    /// <summary>Elements of the right operand in shared memory.</summary>
    public const int RightLength = Inputs * RightStride;

    private const int Lanes = 32;
    private const int QuadsInWarp = 8;
    private const int ColumnsInWarp = 32;
    private const int InputsInBlock = 16;
    private const int Inputs = 2 * InputsInBlock;

    // Longer than the tile, so that lanes of different t meet in different banks.
    private const int LeftStride = Quads + 2;
    private const int RightStride = Columns + 8;

    /// <summary>Groups of a product [quads, columns], as in <see cref="TiledProduct.Tiles"/>.</summary>
    public static Index2D Tiles(int quads, int columns) =>
        new((columns + Columns - 1) / Columns, (quads + Quads - 1) / Quads);

    /// <summary>A group's tile; a lane hands over the sums of one quad by eight columns.</summary>
    /// <param name="a">The kernel's arguments.</param>
    /// <param name="left">Shared memory of <see cref="LeftLength"/>.</param>
    /// <param name="right">Shared memory of <see cref="RightLength"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TArguments, TProduct, TQuad>(TArguments a, ArrayView<Quad> left, ArrayView<float> right)
        where TArguments : struct
        where TProduct : unmanaged, IQuadProduct<TArguments>
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var product = default(TProduct);
        var (lane, warp) = (Group.IdxX % Lanes, Group.IdxX / Lanes);
        var (g, t) = (lane / 4, lane % 4);
        var (firstQuad, firstColumn) = (Grid.IdxY * Quads, Grid.IdxX * Columns);
        var (quadInTile, columnInTile) = (warp % 2 * QuadsInWarp + g, warp / 2 * ColumnsInWarp + g);
        var (end, quads, columns) = (product.EndOfInputs(a), product.Quads(a), product.Columns(a));

        TensorSums first = default, second = default, third = default, fourth = default;
        for (var stage = product.FirstInput(a); stage < end; stage += Inputs)
        {
            Staging.BringLeft<TArguments, TProduct>(
                a, left, LeftStride, Inputs, Quads, stage, firstQuad, end, quads, Group.IdxX, GroupSize);
            Staging.BringRight<TArguments, TProduct>(
                a, right, RightStride, Inputs, Columns, stage, firstColumn, end, columns, Group.IdxX, GroupSize);
            Group.Barrier();
            for (var p = t; p < Inputs; p += InputsInBlock)
            {
                var rows = RowsOf<TQuad>(left, p * LeftStride + quadInTile);
                var input = p * RightStride + columnInTile;
                first.Add(rows, ColumnOf<TQuad>(right, input));
                second.Add(rows, ColumnOf<TQuad>(right, input + 8));
                third.Add(rows, ColumnOf<TQuad>(right, input + 16));
                fourth.Add(rows, ColumnOf<TQuad>(right, input + 24));
            }

            Group.Barrier();
        }

        if (firstQuad + quadInTile < quads)
        {
            var column = firstColumn + warp / 2 * ColumnsInWarp + 2 * t;
            Store<TArguments, TProduct>(a, firstQuad + quadInTile, column, columns, first);
            Store<TArguments, TProduct>(a, firstQuad + quadInTile, column + 8, columns, second);
            Store<TArguments, TProduct>(a, firstQuad + quadInTile, column + 16, columns, third);
            Store<TArguments, TProduct>(a, firstQuad + quadInTile, column + 24, columns, fourth);
        }
    }

    /// <summary>A lane's four inputs of one quad, whose parts are rows g, g + 8, g + 16 and g + 24 of the product.</summary>
    private static RowOperands<TQuad> RowsOf<TQuad>(ArrayView<Quad> left, int first)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        const int Stride = 4 * LeftStride;
        var (x, y, z, w) = (left[first], left[first + Stride], left[first + 2 * Stride], left[first + 3 * Stride]);
        return new RowOperands<TQuad>
        {
            A = default(TQuad).Of(new Quad { X = x.X, Y = y.X, Z = z.X, W = w.X }),
            B = default(TQuad).Of(new Quad { X = x.Y, Y = y.Y, Z = z.Y, W = w.Y }),
            C = default(TQuad).Of(new Quad { X = x.Z, Y = y.Z, Z = z.Z, W = w.Z }),
            D = default(TQuad).Of(new Quad { X = x.W, Y = y.W, Z = z.W, W = w.W }),
        };
    }

    /// <summary>A lane's four inputs of one column.</summary>
    private static TQuad ColumnOf<TQuad>(ArrayView<float> right, int first)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        const int Stride = 4 * RightStride;
        return default(TQuad).Of(new Quad
        {
            X = right[first],
            Y = right[first + Stride],
            Z = right[first + 2 * Stride],
            W = right[first + 3 * Stride],
        });
    }

    /// <summary>A lane's two columns of one quad.</summary>
    private static void Store<TArguments, TProduct>(TArguments a, int quad, int column, int columns, TensorSums sums)
        where TArguments : struct
        where TProduct : unmanaged, IQuadProduct<TArguments>
    {
        var (product, upper, lower) = (default(TProduct), sums.Upper, sums.Lower);
        if (column < columns)
            product.Store(a, quad, column, new Quad { X = upper.X, Y = upper.Z, Z = lower.X, W = lower.Z });
        if (column + 1 < columns)
            product.Store(a, quad, column + 1, new Quad { X = upper.Y, Y = upper.W, Z = lower.Y, W = lower.W });
    }
}
