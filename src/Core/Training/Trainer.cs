using System.Diagnostics;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Inference;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Schedules;

namespace GpuLstm.Training;

/// <summary>
/// Runs the schedule: initial values by seed, the rows reshuffled by seed each epoch, batches, a checkpoint after every
/// epoch, and the evaluation on the test rows at the end.
/// </summary>
public static class Trainer
{
    /// <summary>Trains from new initial values and writes the run folder.</summary>
    /// <param name="options">Model and schedule.</param>
    /// <param name="data">Rows and vocabulary.</param>
    /// <param name="engine">An engine for the model; on return it holds the trained parameters.</param>
    /// <param name="folder">Where checkpoints and metrics go.</param>
    /// <param name="observer">Told of the progress.</param>
    /// <param name="cancellation">Looked at between batches; the last epoch's checkpoint stays whole.</param>
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
        CancellationToken cancellation)
    {
        var random = new NumpyRandom(options.Seed);
        var parameters = ParameterInitializer.Create(options.Model(data.Vocabulary), random);
        engine.SetParameters(parameters);

        using var batches = engine.Load(data.Train, options.BatchSize);
        var schedule = options.StartSchedule(batches.Count);
        if (options.Epochs == 0)
            folder.SaveInitial(engine.Layout, parameters);
        var losses = new List<double>();
        var total = 0.0;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            batches.Reorder(random.Permutation(data.Train.Rows));
            var report = TrainEpoch(epoch, batches, data.Train.Rows, engine, schedule, observer, cancellation);
            if (!double.IsFinite(report.TrainLoss))
            {
                throw new UserErrorException(
                    $"the loss is no longer finite after epoch {epoch}; use a smaller {Setting.LearningRate}");
            }

            schedule.EndEpoch(report.TrainLoss);
            total += report.Seconds;
            losses.Add(report.TrainLoss);
            engine.GetParameters(parameters);
            folder.SaveCheckpoint(engine.Layout, parameters, report);
            observer.OnEpoch(report);
        }

        var test = Evaluation.Run(engine, data.Test, options.BatchSize, cancellation);
        var positives = data.Test.Labels.Count(label => label > 0.5f);
        var metrics = new TrainingMetrics(
            engine.Accelerator,
            engine.Device,
            data.Train.Rows,
            data.Test.Rows,
            data.Vocabulary.Size,
            options.Epochs,
            losses,
            test.MeanLoss,
            test.Accuracy,
            WilsonInterval.Of((int)test.Correct, data.Test.Rows),
            (double)Math.Max(positives, data.Test.Rows - positives) / data.Test.Rows,
            total);
        folder.SaveMetrics(metrics);
        return metrics;
    }

    private static EpochReport TrainEpoch(
        int epoch, IEngineBatches batches, int rows, ITrainingEngine engine, RunningSchedule schedule,
        ITrainingObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        for (var step = 0; step < batches.Count; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            engine.TrainStep(batches, step, schedule.Factor((epoch - 1L) * batches.Count + step));
            observer.OnStep(epoch, step + 1, batches.Count);
        }

        var totals = engine.TakeTrainingTotals();
        var seconds = clock.Elapsed.TotalSeconds;
        return new EpochReport(
            epoch, totals.MeanLoss, totals.Accuracy, seconds, rows / seconds,
            CompiledKernels: epoch == 1 && engine is IProfiledEngine);
    }
}
