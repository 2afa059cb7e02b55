namespace GpuLstm.Options;

/// <summary>How the initial values differ from PyTorch's.</summary>
public sealed record StartOptions
{
    /// <summary>
    /// What both biases of the forget gate add up to; a large one has a layer remember from the beginning (Gers et al. 2000; 1 in
    /// Keras). Null: both are drawn as the others.
    /// </summary>
    public double? ForgetBias { get; init; }

    /// <summary>What the recurrent weights are.</summary>
    public RecurrentStart Recurrent { get; init; } = RecurrentStart.Uniform;

    /// <summary>The standard deviation of the embedding's elements.</summary>
    public double EmbeddingScale { get; init; } = 1;
}
