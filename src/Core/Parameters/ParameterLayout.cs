using GpuLstm.Options;

namespace GpuLstm.Parameters;

/// <summary>
/// Which parameters a model has, and where each is in the one flat buffer that optimizers, checkpoints and gradients share. A
/// parameter is declared once, in a line; all else follows from its declaration. Names, shapes and gate order (i, f, g, o along
/// the 4H rows) are PyTorch's, so that a model file loads there unchanged.
/// </summary>
public sealed class ParameterLayout
{
    private readonly List<ParameterTensor> tensors = [];

    public ParameterLayout(ModelOptions options)
    {
        var (vocabulary, embedding, hidden) = (options.VocabularySize, options.EmbeddingSize, options.HiddenSize);
        var uniform = InitialValues.Uniform(1 / Math.Sqrt(hidden));
        Embedding = Add("embedding.weight", InitialValues.Normal, WeightDecay.AllButFirstRow, vocabulary, embedding);
        Lstm =
        [
            .. from layer in Enumerable.Range(0, options.Layers)
               from direction in Enumerable.Range(0, options.Directions)
               select AddLstm($"l{layer}{(direction == 0 ? "" : "_reverse")}", layer == 0 ? options.InputSize : options.Features),
        ];
        if (options.Readout == Readout.Attention)
        {
            AttentionWeights = Add(
                "attention.weight", InitialValues.Uniform(1 / Math.Sqrt(options.Features)), WeightDecay.All, 1, options.Features);
        }

        var head = InitialValues.Uniform(1 / Math.Sqrt(options.HeadInputs));
        HeadWeights = Add("fc.weight", head, WeightDecay.All, options.Logits, options.HeadInputs);
        HeadBias = Add("fc.bias", head, WeightDecay.None, options.Logits);
        DenseLength = Length;
        if (options.Pairs is { } pairs)
            Pairs = AddRows("pairs.weight", pairs.Rows, pairs.Size);
        if (options.Ngrams is { } ngrams)
            Ngrams = AddRows("ngrams.weight", ngrams.Rows, ngrams.Size);

        ParameterTensor AddRows(string name, int rows, int size) =>
            Add(name, InitialValues.Uniform(1 / Math.Sqrt(size)), WeightDecay.All, rows, size);

        LstmParameters AddLstm(string name, int inputSize) => new(
            Add($"lstm.weight_ih_{name}", uniform, WeightDecay.All, 4 * hidden, inputSize),
            Add($"lstm.weight_hh_{name}", uniform, WeightDecay.All, 4 * hidden, hidden),
            Add($"lstm.bias_ih_{name}", uniform, WeightDecay.None, 4 * hidden),
            Add($"lstm.bias_hh_{name}", uniform, WeightDecay.None, 4 * hidden));
    }

    /// <summary><c>embedding.weight</c> [V, E].</summary>
    public ParameterTensor Embedding { get; }

    /// <summary>The LSTM, layer after layer, of each the forward direction and then the reverse one.</summary>
    public IReadOnlyList<LstmParameters> Lstm { get; }

    /// <summary><c>attention.weight</c> [1, D H]; null without <see cref="Readout.Attention"/>.</summary>
    public ParameterTensor? AttentionWeights { get; }

    /// <summary><c>fc.weight</c> [L, R], see <see cref="ModelOptions.HeadInputs"/>.</summary>
    public ParameterTensor HeadWeights { get; }

    /// <summary><c>fc.bias</c> [L].</summary>
    public ParameterTensor HeadBias { get; }

    /// <summary><c>pairs.weight</c> [R, D]; null without <see cref="ModelOptions.Pairs"/>.</summary>
    public ParameterTensor? Pairs { get; }

    /// <summary><c>ngrams.weight</c> [R, D]; null without <see cref="ModelOptions.Ngrams"/>.</summary>
    public ParameterTensor? Ngrams { get; }

    /// <summary>The large tables, the last of all: a training step changes the rows of them that its batch reads.</summary>
    public IReadOnlyList<ParameterTensor> RowTables =>
        [.. new[] { Pairs, Ngrams }.OfType<ParameterTensor>()];

    /// <summary>The elements before <see cref="RowTables"/>, which take part in every training step.</summary>
    public int DenseLength { get; }

    /// <summary>All of them, in the order in which they are in the flat buffer.</summary>
    public IReadOnlyList<ParameterTensor> Tensors => tensors;

    /// <summary>The number of elements in the flat buffer.</summary>
    public int Length { get; private set; }

    /// <summary>1 for each parameter that weight decay acts on, else 0 [<see cref="Length"/>].</summary>
    /// <param name="isEmbeddingFrozen">Whether the embedding stays as it is.</param>
    public float[] DecayMask(bool isEmbeddingFrozen = false)
    {
        var mask = new float[Length];
        foreach (var tensor in tensors.Where(
            tensor => tensor.Decay != WeightDecay.None && !(isEmbeddingFrozen && tensor == Embedding)))
        {
            var first = tensor.Decay == WeightDecay.AllButFirstRow ? tensor.Length / tensor.Shape[0] : 0;
            tensor.In(mask)[first..].Fill(1);
        }

        return mask;
    }

    /// <summary>The tensor that an element of the flat buffer is of.</summary>
    public ParameterTensor Of(int element) => tensors.Last(tensor => tensor.Offset <= element);

    private ParameterTensor Add(string name, InitialValue initial, WeightDecay decay, params int[] shape)
    {
        var tensor = new ParameterTensor(name, shape, Length, initial, decay);
        tensors.Add(tensor);
        Length = checked(Length + tensor.Length);
        return tensor;
    }
}
