using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Benchmarks;

/// <summary>The parts of a training step on one backend; each call is done when it returns.</summary>
public interface IOperations : IDisposable
{
    /// <summary>Embedding rows of all positions: [T, B, E].</summary>
    void EmbeddingLookup();

    /// <summary>What replaces it: the input half of the gates, once a distinct token.</summary>
    void GateTable();

    /// <summary>Gate math of one step for the whole batch.</summary>
    void Gates();

    /// <summary>All steps forward.</summary>
    void SequenceForward();

    /// <summary>All steps forward and back.</summary>
    void SequenceForwardBackward();

    /// <summary>One Adam step over all parameters.</summary>
    void Adam();

    /// <summary>Forward, backward, Adam.</summary>
    void TrainingStep();
}

/// <summary>The same random batch and parameters for every backend.</summary>
public sealed class Inputs
{
    /// <param name="model">The model.</param>
    public Inputs(ModelOptions model)
    {
        var random = new Random(1);
        var tokens = Enumerable.Range(0, Setting.Rows * Setting.Steps).Select(_ => random.Next(model.VocabularySize)).ToArray();
        var labels = Enumerable.Range(0, Setting.Rows).Select(_ => random.Next(2)).ToArray();
        Batch = new TokenBatch(tokens, [.. Enumerable.Repeat(Setting.Steps, Setting.Rows)], labels, Setting.Rows, Setting.Steps);
        Parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        Layout = new ParameterLayout(model);
    }

    /// <summary>Random tokens, every row of full length.</summary>
    public TokenBatch Batch { get; }

    /// <summary>Initial values.</summary>
    public float[] Parameters { get; }

    /// <summary>Where each parameter lies.</summary>
    public ParameterLayout Layout { get; }
}
