using GpuLstm.Metrics;
using GpuLstm.Training;

namespace GpuLstm.EndedTraining;

/// <summary>Tells no one.</summary>
internal sealed class Silence : ITrainingObserver
{
    public void OnStep(int epoch, int step, int steps)
    {
    }

    public void OnEpoch(EpochReport report)
    {
    }
}
