using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Benchmarking;

/// <summary>An engine with one random batch, to run steps on; the only part of the benchmark that talks to an engine.</summary>
internal sealed class BenchmarkWorkload : IDisposable
{
    private readonly ITrainingEngine engine;
    private readonly IEngineBatches batches;
    private readonly BenchmarkMode mode;
    private readonly float[] logits; // [B]

    /// <param name="engine">Made for the model and the shape; owned by the workload.</param>
    /// <param name="model">The model.</param>
    /// <param name="shape">The batch.</param>
    /// <param name="seed">Draws everything.</param>
    public BenchmarkWorkload(ITrainingEngine engine, ModelOptions model, BenchmarkShape shape, uint seed)
    {
        this.engine = engine;
        mode = shape.Mode;
        logits = new float[shape.Batch];
        var random = new NumpyRandom(seed);
        engine.SetParameters(ParameterInitializer.Create(model, random));
        batches = engine.Load(CreateBatch(model, shape, random));
    }

    /// <summary>The accelerator's name.</summary>
    public string Accelerator => engine.Accelerator;

    /// <summary>The device's own name.</summary>
    public string Device => engine.Device;

    /// <summary>Runs so many steps, one queued behind the other; all of them are done when it returns.</summary>
    public void Run(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            if (mode == BenchmarkMode.Training)
                engine.TrainStep(batches, 0);
            else
                engine.Evaluate(batches, logits, CancellationToken.None); // waits for its answer
        }

        engine.TakeTrainingTotals(); // waits for the training steps
    }

    public void Dispose()
    {
        batches.Dispose();
        engine.Dispose();
    }

    /// <summary>
    /// Random tokens and labels. Varied lengths are the quantiles of the uniform distribution, in random order: the same work
    /// for every seed, and for another program that is to be compared.
    /// </summary>
    private static TokenBatch CreateBatch(ModelOptions model, BenchmarkShape shape, NumpyRandom random)
    {
        var lengths = new int[shape.Batch];
        var labels = new int[shape.Batch];
        var tokens = new int[shape.Batch * shape.Steps];
        var order = random.Permutation(shape.Batch);
        for (var row = 0; row < shape.Batch; row++)
        {
            lengths[row] = shape.Lengths == RowLengths.Fixed ? shape.Steps : Quantile(order[row]);
            labels[row] = random.NextBelow(2);
            for (var t = 0; t < lengths[row]; t++)
                tokens[row * shape.Steps + t] = 1 + random.NextBelow(model.VocabularySize - 1);
        }

        return new TokenBatch(tokens, lengths, labels, shape.Batch, shape.Steps);

        // ceil((n + 1) T / B): from 1 at least to T.
        int Quantile(int n) => (int)(((n + 1L) * shape.Steps + shape.Batch - 1) / shape.Batch);
    }
}
