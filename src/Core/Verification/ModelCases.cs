using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Model;
using GpuLstm.Reference;
using GpuLstm.Training;

namespace GpuLstm.Verification;

/// <summary>Which batches a case of the whole model has.</summary>
public enum ModelCaseKind
{
    /// <summary>Random shapes, parameters and lengths.</summary>
    Random,

    /// <summary>A row of one token, one of all steps and one without any, in one batch.</summary>
    EdgeLengths,

    /// <summary>A batch of one row.</summary>
    OneRow,

    /// <summary>Only the first token of the vocabulary, the last, and <c>&lt;UNK&gt;</c> behind it.</summary>
    VocabularyEnds,

    /// <summary>One hidden unit: a training step may be one launch.</summary>
    OneUnit,

    /// <summary>Parameters in ± 1,000: a naive sigmoid, tanh or logarithm overflows.</summary>
    HugeWeights,
}

/// <summary>
/// A whole model on an engine against the reference network in double: loss, every parameter's gradient, and the
/// parameters after three Adam steps, from the same initial values.
/// </summary>
internal sealed class ModelCases
{
    private const double LossBound = 1e-6;

    // Rows of opposite labels may nearly cancel in a whole tensor, which then is small beside its terms' rounding errors:
    // 1.4e-5 was the worst of 1,200 random models.
    private const double GradientBound = 1e-4;

    private const double ParameterBound = 1e-6;

    // A gate that happens not to be saturated sees a sum of thousands, rounded to 1e-4, and passes that on.
    private const double HugeLossBound = 1e-2;

    private const int AdamSteps = 3;
    private const float HugeWeight = 1000;

    // Adam divides a gradient by its own size: with the usual 1e-8, rounding errors in tiny gradients would move their
    // parameters by a visible part of the learning rate. The kernel's own case has 1e-8.
    private static readonly AdamOptions Adam = new(Epsilon: 1e-3);

    private readonly ModelCaseKind kind;
    private readonly Random random;
    private readonly ModelOptions options;
    private readonly int rows;
    private readonly List<VerificationResult> results = [];

    private ModelCases(ModelCaseKind kind, CaseScale scale, Random random, int? hiddenSize, int? rows, int? vocabularySize)
    {
        this.kind = kind;
        this.random = random;
        var most = scale switch { CaseScale.Full => 40, CaseScale.Small => 6, _ => 3 };
        var steps = kind == ModelCaseKind.HugeWeights ? 3 : most;
        options = new ModelOptions(
            vocabularySize ?? random.Next(3, most + 3), random.Next(1, most + 1),
            hiddenSize ?? (kind == ModelCaseKind.OneUnit ? 1 : random.Next(1, most + 1)), random.Next(1, steps + 1),
            random.Next(2) == 0 ? Readout.LastStep : Readout.LastToken);
        this.rows = kind switch
        {
            ModelCaseKind.OneRow => 1,
            ModelCaseKind.EdgeLengths => 3,
            _ => rows ?? random.Next(1, scale == CaseScale.Tiny ? 4 : 9),
        };
    }

    private string Shape =>
        $"V={options.VocabularySize} E={options.EmbeddingSize} H={options.HiddenSize} T={options.MaxLength} B={rows} {options.Readout} {kind}";

    /// <param name="kind">Which batches.</param>
    /// <param name="createEngine">Makes the engine.</param>
    /// <param name="scale">How large.</param>
    /// <param name="random">Draws shapes, parameters and batches.</param>
    /// <param name="hiddenSize">H; null for a random one.</param>
    /// <param name="rows">B, where the kind leaves it open; null for a random one.</param>
    /// <param name="vocabularySize">V; null for a random one.</param>
    public static IReadOnlyList<VerificationResult> Run(
        ModelCaseKind kind, Func<ModelOptions, AdamOptions, EngineLimits, ILstmEngine> createEngine, CaseScale scale, Random random,
        int? hiddenSize = null, int? rows = null, int? vocabularySize = null)
    {
        var modelCase = new ModelCases(kind, scale, random, hiddenSize, rows, vocabularySize);
        using var engine = createEngine(modelCase.options, Adam, new EngineLimits(modelCase.rows, modelCase.options.MaxLength));
        modelCase.Run(engine);
        return modelCase.results;
    }

    private void Run(ILstmEngine engine)
    {
        var range = kind == ModelCaseKind.HugeWeights ? 2 * HugeWeight : 1f;
        var parameters = new float[engine.Layout.Length];
        for (var n = 0; n < parameters.Length; n++)
            parameters[n] = (random.NextSingle() - 0.5f) * range;
        engine.SetParameters(parameters);
        if (kind == ModelCaseKind.HugeWeights)
            CompareLossOnly(engine, parameters);
        else
            CompareAll(engine, parameters);
    }

    private void CompareLossOnly(ILstmEngine engine, float[] parameters)
    {
        var batch = Batch();
        var gradient = new float[parameters.Length];
        var totals = engine.ComputeGradient(batch, gradient);
        var (loss, _) = Reference(ToDoubles(parameters), batch);
        Compare(engine, "huge weights", "loss", [(float)totals.MeanLoss], [loss], HugeLossBound, leastScale: 1);
        // Chaotic, so not compared; but never NaN or infinite.
        Compare(engine, "huge weights", "gradient is finite", [float.IsFinite(gradient.Sum()) ? 1 : 0], [1], bound: 0);
    }

    private void CompareAll(ILstmEngine engine, float[] parameters)
    {
        var expected = ToDoubles(parameters);
        var batch = Batch();
        var gradient = new float[parameters.Length];
        var totals = engine.ComputeGradient(batch, gradient);
        var (loss, expectedGradient) = Reference(expected, batch);
        Compare(engine, "loss and gradient", "loss", [(float)totals.MeanLoss], [loss], LossBound);
        var largest = expectedGradient.Max(Math.Abs);
        foreach (var tensor in engine.Layout.Tensors)
        {
            var leastScale = Bounds.LeastGradientScale(engine.Layout, tensor, largest);
            Compare(engine, "loss and gradient", tensor.Name, tensor.In(gradient), tensor.In(expectedGradient), GradientBound, leastScale);
        }

        var referenceAdam = new ReferenceAdam(parameters.Length, Adam);
        for (var step = 0; step < AdamSteps; step++)
        {
            batch = Batch();
            engine.TrainStep(batch);
            referenceAdam.Step(expected, Reference(expected, batch).Gradient);
        }

        engine.GetParameters(parameters);
        foreach (var tensor in engine.Layout.Tensors)
            Compare(engine, $"{AdamSteps} Adam steps", tensor.Name, tensor.In(parameters), tensor.In(expected), ParameterBound, leastScale: 0.5);
    }

    private void Compare(
        ILstmEngine engine, string operation, string tensor, ReadOnlySpan<float> actual, ReadOnlySpan<double> wanted, double bound,
        double leastScale = 0) =>
        results.Add(VerificationResult.Compare(engine.Device, $"model: {operation}", tensor, Shape, actual, wanted, bound, leastScale));

    private (double Loss, double[] Gradient) Reference(double[] parameters, TokenBatch batch)
    {
        var classifier = new ReferenceClassifier(options, parameters);
        var forward = classifier.Forward(batch);
        return (forward.Loss, classifier.Backward(batch, forward));
    }

    private TokenBatch Batch()
    {
        var batch = RandomBatches.Create(options, rows, random);
        if (kind == ModelCaseKind.EdgeLengths)
        {
            int[] lengths = [1, options.MaxLength, 0];
            int[] tokens = [.. Enumerable.Range(0, batch.Tokens.Length).Select(index =>
                index % batch.Steps < lengths[index / batch.Steps] ? random.Next(1, options.VocabularySize) : 0)];
            return batch with { Lengths = lengths, Tokens = tokens };
        }

        if (kind == ModelCaseKind.VocabularyEnds)
        {
            int[] ends = [1, options.VocabularySize - 2, options.VocabularySize - 1];
            return batch with { Tokens = Array.ConvertAll(batch.Tokens, token => token == 0 ? 0 : ends[random.Next(ends.Length)]) };
        }

        return batch;
    }

    private static double[] ToDoubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
