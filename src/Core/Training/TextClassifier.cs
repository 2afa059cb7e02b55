using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Model;

namespace GpuLstm.Training;

/// <summary>A trained model at work on an engine.</summary>
public sealed class TextClassifier : IDisposable
{
    private readonly TrainedModel model;
    private readonly ILstmEngine engine;

    /// <param name="model">The model.</param>
    /// <param name="accelerator">Where it runs.</param>
    public TextClassifier(TrainedModel model, AcceleratorChoice accelerator)
    {
        this.model = model;
        engine = EngineFactory.Create(
            accelerator, model.Options, model.Config.Training.Adam,
            new EngineLimits(model.Config.Training.BatchSize, model.Options.MaxLength));
        engine.SetParameters(model.Parameters);
    }

    /// <summary>cuda, opencl, cpu or simulator.</summary>
    public string Accelerator => engine.Accelerator;

    /// <summary>The device's own name.</summary>
    public string Device => engine.Device;

    /// <summary>Loss and accuracy on labelled rows.</summary>
    public BatchTotals Evaluate(TokenMatrix rows, CancellationToken cancellation) =>
        Evaluation.Run(engine, rows, model.Config.Training.BatchSize, cancellation);

    /// <summary>The probability of label 1, Negative, for each text [N]. A text without tokens gets the head's bias alone.</summary>
    public double[] Predict(IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        var rows = TokenMatrix.Encode(texts, new float[texts.Count], model.Vocabulary, model.Options.MaxLength);
        var logits = new float[texts.Count];
        Evaluation.Run(engine, rows, model.Config.Training.BatchSize, logits, cancellation);
        return Array.ConvertAll(logits, logit => 1 / (1 + Math.Exp(-(double)logit)));
    }

    public void Dispose() => engine.Dispose();
}
