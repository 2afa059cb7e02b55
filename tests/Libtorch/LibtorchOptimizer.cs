using GpuLstm.Options;
using static TorchSharp.torch;

namespace GpuLstm.Tests.Libtorch;

/// <summary>libtorch's own optimizers, one for each of our rules.</summary>
internal static class LibtorchOptimizer
{
    /// <summary>Makes the one that corresponds to a rule, with its hyperparameters.</summary>
    /// <param name="classifier">Whose parameters it changes.</param>
    /// <param name="options">The rule.</param>
    public static optim.Optimizer Create(nn.Module classifier, OptimizerOptions options)
    {
        var (rate, values) = (options.LearningRate, options.Values);
        return options.Rule.Name switch
        {
            "adam" => optim.Adam(classifier.parameters(), rate, values["beta1"], values["beta2"], values["epsilon"]),
            _ => throw new NotSupportedException($"libtorch's counterpart of {options.Rule.Name} is not known here"),
        };
    }
}
