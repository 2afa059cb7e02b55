using GpuLstm.Metrics;
using GpuLstm.Parameters;

namespace GpuLstm.Model;

/// <summary>The model of a training that writes no files.</summary>
public sealed class RunMemory : ITrainingStore
{
    private readonly List<EpochReport> epochs = [];

    /// <summary>The parameters of the last checkpoint; empty before.</summary>
    public float[] Parameters { get; private set; } = [];

    /// <summary>The finished run's figures; null before.</summary>
    public TrainingMetrics? Metrics { get; private set; }

    public IReadOnlyList<EpochReport> Epochs => epochs;

    /// <summary>False: nothing is left after a mistake.</summary>
    public bool HasCheckpoint => false;

    public bool IsReconfigured => false;

    public void SaveCheckpoint(ParameterLayout layout, float[] parameters, EpochReport? report, TrainingState? state = null)
    {
        if (report is not null)
            epochs.Add(report);
        Parameters = parameters;
    }

    public void SaveMetrics(TrainingMetrics metrics, bool dropState = false) => Metrics = metrics;
}
