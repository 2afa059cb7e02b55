using System.Numerics.Tensors;
using GpuLstm.Engines.Contracts;
using GpuLstm.Model;
using GpuLstm.Parameters;

namespace GpuLstm.Training;

/// <summary>
/// Finds the step at which a training left the finite numbers. Training itself looks at the sum of its losses only, from time to
/// time, and so costs nothing; this repeats its steps from the last good checkpoint, bit for bit, and looks at everything.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="batches">The batches, in the order of the epoch.</param>
/// <param name="rateFactor">The part of the learning rate that a batch's step takes.</param>
/// <param name="hasCheckpoint">Whether there is a checkpoint to tell of.</param>
internal sealed class NonFiniteSearch(
    ITrainingEngine engine, IEngineBatches batches, Func<int, double> rateFactor, bool hasCheckpoint)
{
    /// <summary>Whether all that an engine remembers is finite.</summary>
    public static bool IsFinite(EngineState state) =>
        double.IsFinite(state.Totals.LossSum) && state.Buffers.Values.All(buffer => TensorPrimitives.IsFiniteAll<float>(buffer));

    /// <summary>What the user is told: the step, the batch and the tensor.</summary>
    /// <param name="good">The last good state, of the epoch whose order the batches have.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    public UserErrorException Find(TrainingState good, CancellationToken cancellation)
    {
        engine.SetState(good.Engine);
        var gradient = new float[engine.Layout.Length];
        for (var batch = good.Position.Batch; batch < batches.Count; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            var totals = engine.ComputeGradient(batches, batch, gradient);
            if (!double.IsFinite(totals.LossSum))
                return Error("the loss", batch);
            if (TensorOfNonFinite(gradient) is { } tensor)
                return Error($"the gradient of {tensor.Name}", batch);
            engine.TrainStep(batches, batch, rateFactor(batch));
            foreach (var (name, buffer) in engine.GetState().Buffers)
            {
                if (TensorOfNonFinite(buffer) is { } changed)
                    return Error(name == EngineState.Parameters ? changed.Name : $"{name} of {changed.Name}", batch);
            }
        }

        return new UserErrorException(
            $"the loss was no longer finite in epoch {good.Position.Epoch + 1}, but it is when its steps are repeated: the "
            + $"device makes mistakes");

        UserErrorException Error(string what, int batch) => new(
            $"{what} is no longer finite at step {(long)good.Position.Epoch * batches.Count + batch + 1} (epoch "
            + $"{good.Position.Epoch + 1}, batch {batch + 1} of {batches.Count}); "
            + $"{(hasCheckpoint ? "the last checkpoint is kept" : "nothing was saved yet")}; use a smaller "
            + $"{Setting.LearningRate}, or {Setting.ClipNorm}");
    }

    private ParameterTensor? TensorOfNonFinite(float[] buffer) =>
        Array.FindIndex(buffer, value => !float.IsFinite(value)) is >= 0 and var index ? engine.Layout.Of(index) : null;
}
