using System.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = GpuLstm.Options.OptimizerOptions;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// libtorch's own optimizers, one for each of our rules. Weights decay as ours do: biases do not, nor does padding's row of the
/// embedding, for which libtorch has no word: the embedding's other rows decay here before each step.
/// </summary>
internal sealed class LibtorchOptimizer : IDisposable
{
    private const long BytesOfAStep = 16 << 20;
    private const string Embedding = "embedding.weight";
    private static readonly Lock Collection = new();

    private readonly optim.Optimizer inner;
    private readonly Tensor embedding;
    private readonly double decay; // of the embedding, in a step

    /// <param name="classifier">Whose parameters it changes.</param>
    /// <param name="options">The rule.</param>
    public LibtorchOptimizer(nn.Module classifier, OptimizerOptions options)
    {
        var named = classifier.named_parameters().ToList();
        var (all, rate, values) = (named.Select(pair => pair.parameter), options.LearningRate, options.Values);
        embedding = named.Single(pair => pair.name == Embedding).parameter;
        switch (options.Rule.Name)
        {
            case "adam":
                inner = optim.Adam(all, rate, values["beta1"], values["beta2"], values["epsilon"]);
                break;
            case "adamw":
                decay = rate * values["weightDecay"];
                inner = optim.AdamW(
                    [Group(decays: true), Group(decays: false)], rate, values["beta1"], values["beta2"], values["epsilon"]);
                break;
            default:
                throw new NotSupportedException($"libtorch's counterpart of {options.Rule.Name} is not known here");
        }

        AdamW.ParamGroup Group(bool decays) => new(
            named.Where(pair => decays == (pair.name.Contains("weight") && pair.name != Embedding)).Select(pair => pair.parameter),
            rate, values["beta1"], values["beta2"], values["epsilon"], decays ? values["weightDecay"] : 0);
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradient() => inner.zero_grad();

    /// <summary>
    /// A step without a garbage collection: TorchSharp's Adam lets go of numbers that libtorch is still reading, and once in a
    /// while one was freed meanwhile ("Unknown scalar type").
    /// </summary>
    public void StepSafely()
    {
        lock (Collection)
        {
            GC.TryStartNoGCRegion(BytesOfAStep);
            try
            {
                Step();
            }
            finally
            {
                if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion) // else others took so much memory that it has ended
                    GC.EndNoGCRegion();
            }
        }
    }

    /// <summary>A step.</summary>
    public void Step()
    {
        if (decay != 0)
        {
            using (no_grad())
                embedding[TensorIndex.Slice(1)].mul_(1 - decay);
        }

        inner.step();
    }

    public void Dispose() => inner.Dispose();
}
