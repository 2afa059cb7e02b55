using GpuLstm.Data;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Tests.Model;

/// <summary>Small models without a training.</summary>
internal static class ModelBuilder
{
    /// <summary>Of no file.</summary>
    public static string Hash { get; } = new('0', 64);

    /// <summary>A configuration; another seed, another model.</summary>
    public static RunConfig Config(uint seed = 1, int hidden = 3) =>
        RunConfig.Of(
            "tweets.csv", Hash, null,
            new TrainingOptions { HiddenSize = hidden, EmbeddingSize = 2, MaxLength = 5, BatchSize = 4, Seed = seed });

    /// <summary>A vocabulary of some words.</summary>
    public static Vocabulary Words(params string[] words) => Vocabulary.FromTexts([string.Join(' ', words)], TokenKind.Word);

    /// <summary>Parameters for them, drawn by the configuration's seed and a number.</summary>
    public static (ParameterLayout Layout, float[] Parameters) Parameters(RunConfig config, Vocabulary vocabulary, int number = 0)
    {
        var options = config.Training.Model(vocabulary);
        return (
            new ParameterLayout(options),
            ParameterInitializer.Create(options, new NumpyRandom(config.Training.Seed + 1000 * (uint)number)));
    }

    /// <summary>Saves an epoch's model.</summary>
    public static void SaveEpoch(RunFolder folder, RunConfig config, Vocabulary vocabulary, int epoch)
    {
        var (layout, parameters) = Parameters(config, vocabulary, epoch);
        folder.SaveCheckpoint(layout, parameters, new EpochReport(epoch, 0.5, 0.5, 1, 1, CompiledKernels: false));
    }

    /// <summary>Makes a folder with a model of one epoch.</summary>
    public static void Save(string path, RunConfig config, Vocabulary vocabulary)
    {
        using var folder = RunFolder.Create(path, config, vocabulary, overwrite: true);
        SaveEpoch(folder, config, vocabulary, 1);
    }

    /// <summary>True when a loaded model is what <see cref="SaveEpoch"/> wrote.</summary>
    public static bool Is(TrainedModel model, RunConfig config, Vocabulary vocabulary, int epoch) =>
        model.Config == config && model.Vocabulary.Tokens.SequenceEqual(vocabulary.Tokens)
        && model.Parameters.AsSpan().SequenceEqual(Parameters(config, vocabulary, epoch).Parameters);
}
