using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;

namespace GpuLstm.Training;

/// <summary>
/// Runs a training: initial values by seed, the rows reshuffled by seed each epoch, batches, checkpoints, and the evaluation on
/// the test rows at the end.
/// </summary>
public static class Trainer
{
    /// <summary>Trains on texts of a program, without files.</summary>
    /// <param name="texts">Texts and their labels; four fifths are trained on.</param>
    /// <param name="options">Model and schedule; null for the defaults.</param>
    /// <param name="accelerator">Where to compute.</param>
    /// <param name="observer">Told of the progress; null for none.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="ArgumentException">A text or a label is null.</exception>
    /// <exception cref="UserErrorException">The options are out of range, or nothing can be learnt from the texts.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TrainingResult Train(
        IEnumerable<(string Text, string Label)> texts, TrainingOptions? options = null,
        AcceleratorKind accelerator = AcceleratorKind.Auto, ITrainingObserver? observer = null,
        CancellationToken cancellation = default)
    {
        options ??= TrainingOptions.Default;
        options.Check();
        return Train(
            LabelledTexts.From(texts, options.Tokens, cancellation: cancellation), options, accelerator, observer, cancellation);
    }

    /// <summary>Trains on texts of a program as they come, without files.</summary>
    /// <param name="texts">Texts and their labels; four fifths are trained on.</param>
    /// <param name="options">Model and schedule; null for the defaults.</param>
    /// <param name="accelerator">Where to compute.</param>
    /// <param name="observer">Told of the progress; null for none.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="ArgumentException">A text or a label is null.</exception>
    /// <exception cref="UserErrorException">The options are out of range, or nothing can be learnt from the texts.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<TrainingResult> TrainAsync(
        IAsyncEnumerable<(string Text, string Label)> texts, TrainingOptions? options = null,
        AcceleratorKind accelerator = AcceleratorKind.Auto, ITrainingObserver? observer = null,
        CancellationToken cancellation = default)
    {
        options ??= TrainingOptions.Default;
        options.Check();
        var read = await LabelledTexts.FromAsync(texts, options.Tokens, cancellation: cancellation).ConfigureAwait(false);
        return await Task.Run(() => Train(read, options, accelerator, observer, cancellation), cancellation)
            .ConfigureAwait(false);
    }

    /// <summary>Trains, and leaves checkpoints and metrics in a store.</summary>
    /// <param name="options">Model and schedule.</param>
    /// <param name="data">Rows and vocabulary.</param>
    /// <param name="engine">An engine for the model; on return it holds the trained parameters.</param>
    /// <param name="store">Where checkpoints and metrics go.</param>
    /// <param name="observer">Told of the progress.</param>
    /// <param name="cancellation">Looked at between batches; the last checkpoint stays whole.</param>
    /// <param name="checkpoints">When they are written; null for the defaults.</param>
    /// <param name="start">Where to go on; null: from new initial values.</param>
    /// <param name="vectors">With which the embedding of their tokens begins; null: none.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="UserErrorException">
    /// The loss or a parameter is no longer finite, or the folder cannot be written.
    /// </exception>
    public static TrainingMetrics Run(
        TrainingOptions options,
        PreparedData data,
        ITrainingEngine engine,
        ITrainingStore store,
        ITrainingObserver observer,
        CancellationToken cancellation,
        CheckpointOptions? checkpoints = null,
        TrainingState? start = null,
        WordVectors? vectors = null)
    {
        checkpoints ??= new CheckpointOptions();
        using (var run = new TrainingRun(options, data, engine, store, checkpoints))
        {
            run.Begin(start, vectors);
            while (run.Epoch < options.Epochs)
                run.TrainEpoch(observer, cancellation);
        }

        if (options.AverageDecay is not null)
            engine.SetParameters(engine.GetState().Model);
        var test = Evaluation.Run(engine, data.Test, options.BatchSize, cancellation);
        var majority = data.Classes.Select((_, label) => data.Test.Labels.AsSpan().Count(label)).Max();
        var metrics = new TrainingMetrics(
            engine.Accelerator,
            engine.Device,
            data.Train.Rows,
            data.Test.Rows,
            data.Vocabulary.Size,
            store.Epochs.Count,
            [.. store.Epochs.Select(epoch => epoch.TrainLoss)],
            test.MeanLoss,
            test.Accuracy,
            WilsonInterval.Of((int)test.Correct, data.Test.Rows),
            (double)majority / data.Test.Rows,
            store.Epochs.Sum(epoch => epoch.Seconds));
        store.SaveMetrics(metrics, checkpoints.DropState);
        return metrics;
    }

    private static TrainingResult Train(
        LabelledTexts texts, TrainingOptions options, AcceleratorKind accelerator, ITrainingObserver? observer,
        CancellationToken cancellation)
    {
        var data = PreparedData.Of(texts, options.MaxLength, options.MinCount);
        var vectors = options.Vectors is { } path
            ? WordVectors.Read(path, data.Vocabulary, options.EmbeddingSize, cancellation: cancellation)
            : null;
        var model = options.Model(data);
        using var engine = EngineFactory.Create(
            accelerator, model, options.OptimizerFor(data), new EngineLimits(options.BatchSize, options.MaxLength),
            options.Precision);
        var memory = new RunMemory();
        var metrics = Run(
            options, data, engine, memory, observer ?? new SilentObserver(), cancellation, vectors: vectors);
        var config = RunConfig.Of(data.Name, data.Sha256, limit: null, options, data.Classes, data.Options);
        return new TrainingResult(new TrainedModel(config, data.Vocabulary, model, memory.Parameters), metrics);
    }

    private sealed class SilentObserver : ITrainingObserver
    {
        public void OnStep(int epoch, int step, int steps)
        {
        }

        public void OnEpoch(EpochReport report)
        {
        }
    }
}
