using GpuLstm.Parameters;

namespace GpuLstm.Engines.Contracts;

/// <summary>
/// Holds what the optimizer remembers beside a model's parameters, and trains batches too.
/// <see cref="IInferenceEngine.SetParameters"/> starts it anew.
/// </summary>
public interface ITrainingEngine : IInferenceEngine
{
    /// <summary>What the bits of its results depend on: a device, or a kind of processor; not on its threads.</summary>
    string Arithmetic { get; }

    /// <summary>Copies all parameters out [<see cref="ParameterLayout.Length"/>].</summary>
    void GetParameters(Span<float> parameters);

    /// <summary>Copies out all that training steps change. Waits for the device.</summary>
    EngineState GetState();

    /// <summary>Replaces it.</summary>
    /// <exception cref="ArgumentException">It is of another model or another optimizer.</exception>
    void SetState(EngineState state);

    /// <summary>Queues a training step on a batch: forward, backward through time, a step of the optimizer.</summary>
    /// <param name="batches">Loaded by this engine.</param>
    /// <param name="index">The batch's number, from 0.</param>
    /// <param name="rateFactor">The part of <see cref="Options.OptimizerOptions.LearningRate"/> that this step takes.</param>
    void TrainStep(IEngineBatches batches, int index, double rateFactor = 1);

    /// <summary>The totals of all training steps since <see cref="TakeTrainingTotals"/>. Waits for the device.</summary>
    BatchTotals ReadTrainingTotals();

    /// <summary>The same, and forgets them.</summary>
    BatchTotals TakeTrainingTotals();

    /// <summary>The gradient of a batch's mean loss, without a step; for checks.</summary>
    BatchTotals ComputeGradient(IEngineBatches batches, int index, Span<float> gradient);
}
