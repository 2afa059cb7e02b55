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
        InputWeights = Add("lstm.weight_ih_l0", uniform, WeightDecay.All, 4 * hidden, embedding);
        RecurrentWeights = Add("lstm.weight_hh_l0", uniform, WeightDecay.All, 4 * hidden, hidden);
        InputBias = Add("lstm.bias_ih_l0", uniform, WeightDecay.None, 4 * hidden);
        RecurrentBias = Add("lstm.bias_hh_l0", uniform, WeightDecay.None, 4 * hidden);
        HeadWeights = Add("fc.weight", uniform, WeightDecay.All, options.Logits, hidden);
        HeadBias = Add("fc.bias", uniform, WeightDecay.None, options.Logits);
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

    /// <summary><c>fc.weight</c> [L, H].</summary>
    public ParameterTensor HeadWeights { get; }

    /// <summary><c>fc.bias</c> [L].</summary>
    public ParameterTensor HeadBias { get; }

    /// <summary>All of them, in the order in which they are in the flat buffer.</summary>
    public IReadOnlyList<ParameterTensor> Tensors => tensors;

    /// <summary>The number of elements in the flat buffer.</summary>
    public int Length { get; private set; }

    /// <summary>1 for each parameter that weight decay acts on, else 0 [<see cref="Length"/>].</summary>
    public float[] DecayMask()
    {
        var mask = new float[Length];
        foreach (var tensor in tensors.Where(tensor => tensor.Decay != WeightDecay.None))
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
