using GpuLstm.Kernels.Operations;

namespace GpuLstm.Options;

/// <summary>
/// Embeddings of pairs: each token and the one before it have a row of a table [R, D] of their own, which a hash finds
/// (<see cref="Data.PairHash"/>). Pairs that meet in a row share it.
/// </summary>
/// <param name="Rows">Rows of the table R.</param>
/// <param name="Size">Width of a row D.</param>
/// <param name="Join">What becomes of it.</param>
public sealed record PairOptions(int Rows, int Size, FeatureJoin Join)
{
    /// <summary>The fewest rows: more than those of a vocabulary that engines take as a whole.</summary>
    public const int MinRows = BatchIndex.MaxUncompacted + 1;

    /// <summary>The most rows.</summary>
    public const int MaxRows = 1 << 24;
}

/// <summary>How an embedding of a further feature joins the token's own.</summary>
public enum FeatureJoin
{
    /// <summary>Behind it: the LSTM reads both side by side.</summary>
    Append,

    /// <summary>Added to it: both are of the same width.</summary>
    Sum,
}
