using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Products;

/// <summary>
/// Brings a tile of a product's operands into shared memory, zeros beyond their ends. The threads of a group take the elements in
/// turn, so that a warp reads neighbours in memory, or eight at least, which is what a read brings at once.
/// </summary>
/// <remarks>The ends are read once, before the loop over the stages: some are in memory.</remarks>
internal static class Staging
{
    private const int InputsTogether = 8; // floats in 32 bytes

    /// <summary>Brings a tile of the left operand: quads [inputs, quads], its rows <paramref name="stride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BringLeft<TArguments, TProduct>(
        TArguments a, ArrayView<Quad> tile, int stride, int inputs, int quads, int firstInput, int firstQuad,
        int endInput, int endQuad, int thread, int threads)
        where TArguments : struct
        where TProduct : unmanaged, IQuadProduct<TArguments>
    {
        var product = default(TProduct);
        for (var e = thread; e < inputs * quads; e += threads)
        {
            var input = product.IsLeftAlongInputs ? InputOf(e, quads) : e / quads;
            var quad = product.IsLeftAlongInputs ? e / InputsTogether % quads : e % quads;
            Quad value = default;
            if (firstInput + input < endInput && firstQuad + quad < endQuad)
                value = product.Left(a, firstInput + input, firstQuad + quad);
            tile[input * stride + quad] = value;
        }
    }

    /// <summary>Brings a tile of the right operand: floats [inputs, columns], its rows <paramref name="stride"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BringRight<TArguments, TProduct>(
        TArguments a, ArrayView<float> tile, int stride, int inputs, int columns, int firstInput, int firstColumn,
        int endInput, int endColumn, int thread, int threads)
        where TArguments : struct
        where TProduct : unmanaged, IQuadProduct<TArguments>
    {
        var product = default(TProduct);
        for (var e = thread; e < inputs * columns; e += threads)
        {
            var input = product.IsRightAlongInputs ? InputOf(e, columns) : e / columns;
            var column = product.IsRightAlongInputs ? e / InputsTogether % columns : e % columns;
            var value = 0f;
            if (firstInput + input < endInput && firstColumn + column < endColumn)
                value = product.Right(a, firstInput + input, firstColumn + column);
            tile[input * stride + column] = value;
        }
    }

    private static int InputOf(int element, int width) =>
        element % InputsTogether + InputsTogether * (element / (InputsTogether * width));
}
