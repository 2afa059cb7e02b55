using GpuLstm.Options;

namespace GpuLstm.Parameters;

/// <summary>A module of a model.</summary>
/// <param name="Name">PyTorch's name, as in the parameters'.</param>
/// <param name="Output">The shape of what it gives for a batch.</param>
/// <param name="Parameters">How many it has.</param>
/// <param name="KeptBytes">What training keeps of a batch for the way back.</param>
/// <param name="Operations">Floating-point operations of a training step, forward and backward.</param>
public sealed record ModuleSummary(
    string Name, IReadOnlyList<int> Output, long Parameters, long KeptBytes, long Operations);

/// <summary>What a model is made of, and what a training step of it takes.</summary>
/// <param name="Modules">From the tokens to the logits.</param>
/// <param name="OptimizerBytes">
/// Parameters, their gradient, and what the optimizer remembers of each; large tables have no gradient.
/// </param>
public sealed record ModelSummary(IReadOnlyList<ModuleSummary> Modules, long OptimizerBytes)
{
    private const int Gates = 4;
    private const int KeptOfUnit = Gates + 2; // its gates, cell and hidden state
    private const int Passes = 3; // forward, and back to the inputs and to the weights
    private const int OperationsOfTerm = 2; // a multiplication and an addition

    /// <summary>All parameters.</summary>
    public long Parameters => Modules.Sum(module => module.Parameters);

    /// <summary>What training keeps of a batch.</summary>
    public long KeptBytes => Modules.Sum(module => module.KeptBytes);

    /// <summary>Floating-point operations of a training step.</summary>
    public long Operations => Modules.Sum(module => module.Operations);

    /// <summary>The summary of a model.</summary>
    /// <param name="options">The model.</param>
    /// <param name="optimizer">How it is trained.</param>
    /// <param name="rows">Rows of a batch B; all of them run all T steps.</param>
    public static ModelSummary Of(ModelOptions options, OptimizerOptions optimizer, int rows)
    {
        var layout = new ParameterLayout(options);
        var (steps, hidden, features) = (options.MaxLength, options.HiddenSize, options.Features);
        var positions = (long)rows * steps;
        var tokens = Math.Min(options.VocabularySize, positions); // a gate table has a row for each
        ModuleSummary[] modules =
        [
            new("embedding", [rows, steps, options.EmbeddingSize], layout.Embedding.Length, KeptBytes: 0, Operations: 0),
            .. options.Pairs is { } pairs
                ? [new("pairs", [rows, steps, pairs.Size], layout.Pairs!.Length, KeptOf(pairs.Size), Operations: 0)]
                : (ModuleSummary[])[],
            .. options.Ngrams is { } ngrams
                ? [new("ngrams", [rows, steps, ngrams.Size], layout.Ngrams!.Length, KeptOf(ngrams.Size), Operations: 0)]
                : (ModuleSummary[])[],
            .. Enumerable.Range(0, options.Layers).Select(Layer),
            .. layout.AttentionWeights is { } attention
                ? [new ModuleSummary(
                    "attention", [rows, features], attention.Length, sizeof(float) * positions,
                    2 * Passes * OperationsOfTerm * positions * features)]
                : (ModuleSummary[])[],
            new(
                "fc", [rows, options.Logits], layout.HeadWeights.Length + layout.HeadBias.Length, KeptBytes: 0,
                Passes * OperationsOfTerm * (long)rows * options.Logits * options.HeadInputs),
        ];
        var copies = 2 + optimizer.Rule.States.Count + (optimizer.AverageDecay is null ? 0 : 1);
        // Large tables have no gradient but that of a batch's rows.
        var elements = (long)copies * layout.DenseLength + (copies - 1L) * (layout.Length - layout.DenseLength);
        return new ModelSummary(modules, sizeof(float) * elements);

        long KeptOf(int size) => sizeof(float) * positions * size;

        ModuleSummary Layer(int layer)
        {
            var terms = layer == 0
                ? tokens * options.TokenSize + positions * ((options.Pairs?.Size ?? 0) + hidden)
                : positions * (features + hidden);
            return new ModuleSummary(
                $"lstm layer {layer}", [rows, steps, features],
                layout.Lstm.Skip(layer * options.Directions).Take(options.Directions).Sum(lstm => lstm.Length),
                KeptOfUnit * sizeof(float) * positions * features,
                options.Directions * Passes * OperationsOfTerm * Gates * hidden * terms);
        }
    }
}
