using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Training;

namespace GpuLstm.EndedTraining;

/// <summary>Two epochs of a small model, a checkpoint after each.</summary>
internal static class SmallTraining
{
    /// <summary>Trains into a folder, over the model that is there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="word">The first word of its texts, and so of its vocabulary.</param>
    /// <exception cref="OperationCanceledException">The process is about to end.</exception>
    public static void Run(string folder, string word)
    {
        var noHash = new string('0', 64);
        var options = new TrainingOptions { Epochs = 2, HiddenSize = 2, EmbeddingSize = 2, MaxLength = 4, BatchSize = 2 };
        string[] texts = [$"{word} good", $"{word} bad"];
        var vocabulary = Vocabulary.FromTexts(texts, options.Tokens, minCount: 1);
        var rows = TokenMatrix.Encode(texts, [0, 1], vocabulary, options.MaxLength);
        using var engine = EngineFactory.Create(
            AcceleratorKind.Cpu, options.Model(vocabulary), options.OptimizerOptions,
            new EngineLimits(options.BatchSize, options.MaxLength));
        using var run = RunFolder.Create(folder, RunConfig.Of("tweets.csv", noHash, null, options), vocabulary, overwrite: true);
        Trainer.Run(
            options, new PreparedData(
                vocabulary, rows, rows, ClassNames.Sentiments, noHash, "tweets.csv", ReadOptions.Default,
                new ReadReport("", [], 2, new Dictionary<string, int>(), 0, 0, 0, [])), engine, run, new Silence(),
            CancellationToken.None);
    }
}
