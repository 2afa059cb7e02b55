using GpuLstm.Data;

namespace GpuLstm.Engines.Contracts;

/// <summary>One batch that an engine has not loaded, for a caller who has no more than that.</summary>
public static class SingleBatches
{
    /// <summary>Loads a batch alone.</summary>
    public static IEngineBatches Load(this IInferenceEngine engine, TokenBatch batch) =>
        engine.Load(new TokenMatrix(batch.Tokens, batch.Lengths, batch.Labels, batch.Steps), batch.Rows);

    /// <summary>Queues a training step.</summary>
    public static void TrainStep(this ITrainingEngine engine, TokenBatch batch)
    {
        using var batches = engine.Load(batch);
        engine.TrainStep(batches, 0);
    }

    /// <summary>The gradient of the batch's mean loss.</summary>
    public static BatchTotals ComputeGradient(this ITrainingEngine engine, TokenBatch batch, Span<float> gradient)
    {
        using var batches = engine.Load(batch);
        return engine.ComputeGradient(batches, 0, gradient);
    }

    /// <summary>Forward only: the logits of each row [B, L].</summary>
    public static BatchTotals Evaluate(this IInferenceEngine engine, TokenBatch batch, Span<float> logits)
    {
        using var batches = engine.Load(batch);
        return engine.Evaluate(batches, logits, CancellationToken.None);
    }
}
