using GpuLstm.Metrics;

namespace GpuLstm.Training;

/// <summary>Told how a training run goes on, on the training thread: be quick.</summary>
public interface ITrainingObserver
{
    /// <summary>Another batch is queued.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="step">Batches of the epoch done, from 1.</param>
    /// <param name="steps">Batches of an epoch.</param>
    void OnStep(int epoch, int step, int steps);

    /// <summary>An epoch is over and its checkpoint written.</summary>
    void OnEpoch(EpochReport report);
}
