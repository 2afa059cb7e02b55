using GpuLstm.Options;

namespace GpuLstm.Parameters;

/// <summary>One named tensor inside the flat parameter buffer.</summary>
/// <param name="Name">PyTorch's name of the parameter.</param>
/// <param name="Shape">Its shape, row-major.</param>
/// <param name="Offset">Its first element in the flat buffer.</param>
public sealed record ParameterTensor(string Name, IReadOnlyList<int> Shape, int Offset)
{
    /// <summary>The number of elements.</summary>
    public int Length { get; } = Shape.Aggregate(1, (product, extent) => product * extent);

    /// <summary>The tensor's part of a flat buffer.</summary>
    public Span<T> In<T>(T[] flat) => In(flat.AsSpan());

    /// <summary>The tensor's part of a flat buffer.</summary>
    public Span<T> In<T>(Span<T> flat) => flat.Slice(Offset, Length);
}

/// <summary>
/// Where each parameter is in the one flat buffer that Adam, checkpoints and gradients share. Names, shapes and
/// gate order (i, f, g, o along the 4H rows) are PyTorch's, so that a model file loads there unchanged.
/// </summary>
public sealed class ParameterLayout
{
    public ParameterLayout(ModelOptions options)
    {
        var (vocabulary, embedding, hidden) = (options.VocabularySize, options.EmbeddingSize, options.HiddenSize);
        var total = 0;

        Embedding = Add("embedding.weight", vocabulary, embedding);
        InputWeights = Add("lstm.weight_ih_l0", 4 * hidden, embedding);
        RecurrentWeights = Add("lstm.weight_hh_l0", 4 * hidden, hidden);
        InputBias = Add("lstm.bias_ih_l0", 4 * hidden);
        RecurrentBias = Add("lstm.bias_hh_l0", 4 * hidden);
        HeadWeights = Add("fc.weight", 1, hidden);
        HeadBias = Add("fc.bias", 1);
        Tensors = [Embedding, InputWeights, RecurrentWeights, InputBias, RecurrentBias, HeadWeights, HeadBias];
        Length = total;

        ParameterTensor Add(string name, params int[] shape)
        {
            var tensor = new ParameterTensor(name, shape, total);
            total = checked(total + tensor.Length);
            return tensor;
        }
    }

    /// <summary><c>embedding.weight</c> [V, E].</summary>
    public ParameterTensor Embedding { get; }

    /// <summary><c>lstm.weight_ih_l0</c> [4H, E].</summary>
    public ParameterTensor InputWeights { get; }

    /// <summary><c>lstm.weight_hh_l0</c> [4H, H].</summary>
    public ParameterTensor RecurrentWeights { get; }

    /// <summary><c>lstm.bias_ih_l0</c> [4H].</summary>
    public ParameterTensor InputBias { get; }

    /// <summary><c>lstm.bias_hh_l0</c> [4H].</summary>
    public ParameterTensor RecurrentBias { get; }

    /// <summary><c>fc.weight</c> [1, H].</summary>
    public ParameterTensor HeadWeights { get; }

    /// <summary><c>fc.bias</c> [1].</summary>
    public ParameterTensor HeadBias { get; }

    /// <summary>All of them, in the order in which they are in the flat buffer.</summary>
    public IReadOnlyList<ParameterTensor> Tensors { get; }

    /// <summary>The number of elements in the flat buffer.</summary>
    public int Length { get; }
}
