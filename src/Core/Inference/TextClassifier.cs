using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;

namespace GpuLstm.Inference;

/// <summary>
/// A trained model at work on an engine. Any number of threads may use it: they take turns, and each gets what it would get
/// alone.
/// </summary>
public sealed class TextClassifier : IDisposable
{
    private readonly TrainedModel model;
    private readonly IInferenceEngine engine;
    // never disposed of: threads may come too late, and it holds nothing of the system's
    private readonly SemaphoreSlim turn = new(1);
    private bool disposed;

    /// <param name="model">The model.</param>
    /// <param name="accelerator">Where it runs.</param>
    /// <param name="threads">The threads of the cpu engine, see <see cref="EngineLimits.Threads"/>.</param>
    public TextClassifier(TrainedModel model, AcceleratorKind accelerator, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        engine = EngineFactory.CreateForInference(
            accelerator, model.Options,
            new EngineLimits(model.Config.Training.BatchSize, model.Options.MaxLength) { Threads = threads });
        engine.SetParameters(model.Parameters);
    }

    /// <summary>cuda, opencl, cpu or simulator.</summary>
    public string Accelerator => engine.Accelerator;

    /// <summary>The device's own name.</summary>
    public string Device => engine.Device;

    /// <summary>Loss, accuracy and confusion on labelled rows.</summary>
    /// <exception cref="ArgumentException">
    /// There is no row, or they have more steps than the model, or tokens that its vocabulary lacks.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed of.</exception>
    public EvaluationReport Evaluate(TokenMatrix rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var logits = new float[rows.Rows * model.Options.Logits];
        var totals = Evaluate(rows, logits, cancellation);
        if (rows.Rows == 0)
            throw new ArgumentException("there is no row to measure on", nameof(rows));
        return EvaluationReport.Of(rows.Labels, logits, model.Options.Loss, totals.MeanLoss, model.Config.Classes);
    }

    /// <summary>The answer to each text [N]. A text without tokens gets that of the head's bias alone.</summary>
    /// <exception cref="ArgumentException">A text is null.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed of.</exception>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var rows = TokenMatrix.Encode(texts, new int[texts.Count], model.Vocabulary, model.Options.MaxLength);
        var count = model.Options.Logits;
        var logits = new float[texts.Count * count];
        Evaluate(rows, logits, cancellation);
        return [.. Enumerable.Range(0, texts.Count).Select(row => PredictionOf(logits.AsSpan(row * count, count)))];
    }

    private Prediction PredictionOf(ReadOnlySpan<float> logits)
    {
        var probabilities = new double[model.Config.Classes.Count];
        model.Options.Loss.Probabilities(logits, probabilities);
        var label = model.Options.Loss.Answer(logits);
        return new Prediction(label, model.Config.Classes[label], probabilities);
    }

    /// <summary>Waits for the threads that are at it, and frees the engine.</summary>
    public void Dispose()
    {
        turn.Wait();
        try
        {
            if (!disposed)
                engine.Dispose();
            disposed = true;
        }
        finally
        {
            turn.Release();
        }
    }

    private BatchTotals Evaluate(TokenMatrix rows, float[] logits, CancellationToken cancellation)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            if (rows.TokensOf(row).ContainsAnyExceptInRange(0, model.Options.VocabularySize - 1))
            {
                throw new ArgumentException(
                    $"a token lies outside the model's vocabulary of {model.Options.VocabularySize}", nameof(rows));
            }
        }

        turn.Wait(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return Evaluation.Run(engine, rows, model.Config.Training.BatchSize, logits, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }
}
