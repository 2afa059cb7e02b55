using System.Numerics;
using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Products;

/// <summary>
/// A product without tensor cores. A group of side · side threads computes a tile of side quads by 4 side columns; a thread has
/// one quad by four columns, and shared memory holds <see cref="Inputs"/> inputs at a time.
/// </summary>
internal static class TiledProduct
{
    /// <summary>Inputs in shared memory at a time.</summary>
    public const int Inputs = 16;

    /// <summary>
    /// The threads of a group are side · side: as few as the quads allow, since those beyond them would have nothing to do.
    /// </summary>
    public static int Side(ComputeDevice device, int quads) =>
        device.MaxGroupSize < 256 ? 2 : (int)Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)quads), 2, 16);

    /// <summary>
    /// Groups of a product [quads, columns]: columns along the grid's first axis, as there may be more than CUDA has groups for
    /// along the others.
    /// </summary>
    public static Index2D Tiles(int side, int quads, int columns) =>
        new((columns + 4 * side - 1) / (4 * side), (quads + side - 1) / side);

    /// <summary>A group's tile; a thread hands over the sums of one quad by four columns.</summary>
    /// <param name="a">The kernel's arguments.</param>
    /// <param name="left">
    /// Shared memory [<see cref="Inputs"/>, side], of an operand along its inputs [<see cref="Inputs"/>, side + 1].
    /// </param>
    /// <param name="right">The same, in quads of columns.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TArguments, TProduct, TSide>(TArguments a, ArrayView<Quad> left, ArrayView<Quad> right)
        where TArguments : struct
        where TProduct : unmanaged, IQuadProduct<TArguments>
        where TSide : unmanaged, ISize
    {
        var product = default(TProduct);
        var side = default(TSide).Value;
        // Longer than the tile where a warp writes several rows, for these to begin in other banks.
        var leftStride = product.IsLeftAlongInputs ? side + 1 : side;
        var rightStride = product.IsRightAlongInputs ? side + 1 : side;
        var (x, y) = (Group.IdxX, Group.IdxY);
        var thread = y * side + x;
        var (firstQuad, firstColumn) = (Grid.IdxY * side, Grid.IdxX * 4 * side);
        var (end, quads, columns) = (product.EndOfInputs(a), product.Quads(a), product.Columns(a));

        Sums sums = default;
        for (var first = product.FirstInput(a); first < end; first += Inputs)
        {
            Staging.BringLeft<TArguments, TProduct>(
                a, left, leftStride, Inputs, side, first, firstQuad, end, quads, thread, side * side);
            Staging.BringRight<TArguments, TProduct>(
                a, right.Cast<float>(), 4 * rightStride, Inputs, 4 * side, first, firstColumn, end, columns, thread, side * side);
            Group.Barrier();
            for (var p = 0; p < Inputs; p++)
            {
                var quad = left[p * leftStride + x];
                var input = right[p * rightStride + y];
                sums.A.AddProduct(quad, input.X);
                sums.B.AddProduct(quad, input.Y);
                sums.C.AddProduct(quad, input.Z);
                sums.D.AddProduct(quad, input.W);
            }

            Group.Barrier();
        }

        if (firstQuad + x < quads)
        {
            Store<TArguments, TProduct>(a, firstQuad + x, firstColumn + 4 * y, columns, sums.A);
            Store<TArguments, TProduct>(a, firstQuad + x, firstColumn + 4 * y + 1, columns, sums.B);
            Store<TArguments, TProduct>(a, firstQuad + x, firstColumn + 4 * y + 2, columns, sums.C);
            Store<TArguments, TProduct>(a, firstQuad + x, firstColumn + 4 * y + 3, columns, sums.D);
        }
    }

    private static void Store<TArguments, TProduct>(TArguments a, int quad, int column, int columns, Quad sum)
        where TArguments : struct
        where TProduct : unmanaged, IQuadProduct<TArguments>
    {
        if (column < columns)
            default(TProduct).Store(a, quad, column, sum);
    }

    // Of one quad by four columns.
    private struct Sums
    {
        public Quad A;
        public Quad B;
        public Quad C;
        public Quad D;
    }
}
