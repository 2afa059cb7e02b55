using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Products;

/// <summary>
/// A matrix product whose left operand comes in quads, most often a unit's four gates: <c>sum[m, n] = Σ_p left[p, m]
/// right[p, n]</c>, a quad for each m. It says where the operands are and where the sums go; <see cref="TiledProduct"/> and
/// <see cref="TensorTiledProduct"/> compute it.
/// </summary>
/// <typeparam name="TArguments">The arguments of its kernels.</typeparam>
internal interface IQuadProduct<TArguments>
    where TArguments : struct
{
    /// <summary>Whether neighbours of the left operand in memory differ in p, rather than in m.</summary>
    bool IsLeftAlongInputs { get; }

    /// <summary>Whether neighbours of the right operand in memory differ in p, rather than in n.</summary>
    bool IsRightAlongInputs { get; }

    /// <summary>How many m there are.</summary>
    int Quads(TArguments a);

    /// <summary>How many n there are.</summary>
    int Columns(TArguments a);

    /// <summary>The first p that the group adds up.</summary>
    int FirstInput(TArguments a);

    /// <summary>The p behind the last.</summary>
    int EndOfInputs(TArguments a);

    /// <summary>An element of the left operand.</summary>
    Quad Left(TArguments a, int input, int quad);

    /// <summary>An element of the right operand.</summary>
    float Right(TArguments a, int input, int column);

    /// <summary>Takes a sum.</summary>
    void Store(TArguments a, int quad, int column, Quad sum);
}
