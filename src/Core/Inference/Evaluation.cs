using GpuLstm.Data;
using GpuLstm.Engines.Contracts;

namespace GpuLstm.Inference;

/// <summary>Runs an engine forward over a set of rows.</summary>
public static class Evaluation
{
    /// <summary>Loss and accuracy over all rows, in batches.</summary>
    public static BatchTotals Run(IInferenceEngine engine, TokenMatrix rows, int batchSize, CancellationToken cancellation) =>
        Run(engine, rows, batchSize, new float[rows.Rows * engine.Layout.HeadBias.Length], cancellation);

    /// <summary>The same, with the logits of each row written to <paramref name="logits"/> [N, L].</summary>
    public static BatchTotals Run(
        IInferenceEngine engine, TokenMatrix rows, int batchSize, Span<float> logits, CancellationToken cancellation)
    {
        using var batches = engine.Load(rows, batchSize);
        return engine.Evaluate(batches, logits, cancellation);
    }
}
