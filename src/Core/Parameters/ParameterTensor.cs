namespace GpuLstm.Parameters;

/// <summary>One named tensor inside the flat parameter buffer.</summary>
/// <param name="Name">PyTorch's name of the parameter.</param>
/// <param name="Shape">Its shape, row-major.</param>
/// <param name="Offset">Its first element in the flat buffer.</param>
/// <param name="Initial">Draws its initial values.</param>
/// <param name="Decay">Where weight decay acts.</param>
public sealed record ParameterTensor(
    string Name, IReadOnlyList<int> Shape, int Offset, InitialValue Initial, WeightDecay Decay)
{
    /// <summary>The number of elements.</summary>
    public int Length { get; } = Shape.Aggregate(1, (product, extent) => product * extent);

    /// <summary>The tensor's part of a flat buffer.</summary>
    public Span<T> In<T>(T[] flat) => In(flat.AsSpan());

    /// <summary>The tensor's part of a flat buffer.</summary>
    public Span<T> In<T>(Span<T> flat) => flat.Slice(Offset, Length);

    /// <summary>The tensor's part of a flat buffer.</summary>
    public ReadOnlySpan<T> In<T>(ReadOnlySpan<T> flat) => flat.Slice(Offset, Length);
}

/// <summary>Where weight decay acts on a tensor.</summary>
public enum WeightDecay
{
    /// <summary>On none of it, as of a bias.</summary>
    None,

    /// <summary>On all of it.</summary>
    All,

    /// <summary>On all but its first row, as of an embedding, whose first row is padding's.</summary>
    AllButFirstRow,
}
