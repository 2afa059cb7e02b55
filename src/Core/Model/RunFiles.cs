namespace GpuLstm.Model;

/// <summary>The files of a run folder.</summary>
internal static class RunFiles
{
    public const string Config = "config.json";
    public const string Vocabulary = "vocabulary.json";
    public const string Weights = "model.safetensors";

    /// <summary>What a training needs to go on.</summary>
    public const string State = "training.safetensors";

    /// <summary>A line an epoch.</summary>
    public const string Epochs = "metrics.jsonl";

    /// <summary>The finished run's figures.</summary>
    public const string Metrics = "metrics.json";

    /// <summary>The three that make a model.</summary>
    public static IReadOnlyList<string> OfModel { get; } = [Config, Vocabulary, Weights];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. OfModel, State, Epochs, Metrics];
}
