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
    private readonly OptimizerOptions options;
    private readonly List<(string Name, Parameter Parameter)> named;
    private readonly List<Tensor> averages = [];

    /// <param name="classifier">Whose parameters it changes.</param>
    /// <param name="options">The rule.</param>
    public LibtorchOptimizer(nn.Module classifier, OptimizerOptions options)
    {
        this.options = options;
        named = [.. classifier.named_parameters()];
        var (all, rate, values) = (named.Select(pair => pair.Parameter), options.LearningRate, options.Values);
        embedding = named.Single(pair => pair.Name == Embedding).Parameter;
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
            case "sgd":
                inner = optim.SGD(all, rate, values["momentum"]);
                break;
            default:
                throw new NotSupportedException($"libtorch's counterpart of {options.Rule.Name} is not known here");
        }

        AdamW.ParamGroup Group(bool decays) => new(
            named.Where(pair => decays == (pair.Name.Contains("weight") && pair.Name != Embedding))
                .Select(pair => pair.Parameter),
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

        if (options.ClipNorm is { } norm)
            nn.utils.clip_grad_norm_(named.Select(pair => pair.Parameter), norm);
        inner.step();
        if (options.AverageDecay is { } averageDecay)
            Average(averageDecay);
    }

    /// <summary>What the trained model has of a parameter: its average where one is kept.</summary>
    public Tensor Model(string name) =>
        averages.Count > 0
            ? averages[named.FindIndex(pair => pair.Name == name)]
            : named.Single(pair => pair.Name == name).Parameter;

    public void Dispose()
    {
        averages.ForEach(average => average.Dispose());
        inner.Dispose();
    }

    private void Average(double averageDecay)
    {
        using var scope = no_grad();
        if (averages.Count == 0)
            averages.AddRange(named.Select(pair => pair.Parameter.detach().clone().MoveToOuterDisposeScope()));
        foreach (var (average, pair) in averages.Zip(named))
            average.lerp_(pair.Parameter, tensor(1 - averageDecay, average.dtype));
    }
}
