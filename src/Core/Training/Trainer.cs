using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Inference;
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
    /// <summary>Trains and writes the run folder.</summary>
    /// <param name="options">Model and schedule.</param>
    /// <param name="data">Rows and vocabulary.</param>
    /// <param name="engine">An engine for the model; on return it holds the trained parameters.</param>
    /// <param name="folder">Where checkpoints and metrics go.</param>
    /// <param name="observer">Told of the progress.</param>
    /// <param name="cancellation">Looked at between batches; the last checkpoint stays whole.</param>
    /// <param name="checkpoints">When they are written; null for the defaults.</param>
    /// <param name="start">Where to go on; null: from new initial values.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="UserErrorException">
    /// The loss or a parameter is no longer finite, or the folder cannot be written.
    /// </exception>
    public static TrainingMetrics Run(
        TrainingOptions options,
        PreparedData data,
        ITrainingEngine engine,
        RunFolder folder,
        ITrainingObserver observer,
        CancellationToken cancellation,
        CheckpointOptions? checkpoints = null,
        TrainingState? start = null)
    {
        checkpoints ??= new CheckpointOptions();
        using (var batches = engine.Load(data.Train, options.BatchSize))
        {
            var run = new TrainingRun(options, data, engine, batches, folder, checkpoints);
            run.Begin(start);
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
            folder.Epochs.Count,
            [.. folder.Epochs.Select(epoch => epoch.TrainLoss)],
            test.MeanLoss,
            test.Accuracy,
            WilsonInterval.Of((int)test.Correct, data.Test.Rows),
            (double)majority / data.Test.Rows,
            folder.Epochs.Sum(epoch => epoch.Seconds));
        folder.SaveMetrics(metrics, checkpoints.DropState);
        return metrics;
    }
}
