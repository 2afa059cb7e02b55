using GpuLstm.Metrics;
using GpuLstm.Parameters;

namespace GpuLstm.Model;

/// <summary>Where a training leaves its model: <see cref="RunFolder"/> or <see cref="RunMemory"/>.</summary>
public interface ITrainingStore
{
    /// <summary>Of all epochs that are done.</summary>
    IReadOnlyList<EpochReport> Epochs { get; }

    /// <summary>Whether it holds a checkpoint of this training, of which a user can be told.</summary>
    bool HasCheckpoint { get; }

    /// <summary>Whether the configuration is another one than the last checkpoint's.</summary>
    bool IsReconfigured { get; }

    /// <summary>Keeps parameters, the epoch's report, and the state from which the training can go on.</summary>
    /// <param name="layout">Where each parameter is.</param>
    /// <param name="parameters">Of the model.</param>
    /// <param name="report">Of the epoch that has just ended; null in the middle of one, or before the first.</param>
    /// <param name="state">Null: the training cannot go on from here.</param>
    /// <exception cref="UserErrorException">They cannot be kept, or a parameter is not finite.</exception>
    void SaveCheckpoint(ParameterLayout layout, float[] parameters, EpochReport? report, TrainingState? state = null);

    /// <summary>Keeps the finished run's figures.</summary>
    /// <param name="metrics">The figures.</param>
    /// <param name="dropState">Whether the state goes, so that the training cannot go on later.</param>
    /// <exception cref="UserErrorException">They cannot be kept.</exception>
    void SaveMetrics(TrainingMetrics metrics, bool dropState = false);
}
