using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Model;
using GpuLstm.Reference;
using GpuLstm.Training;

namespace GpuLstm.Verification;

/// <summary>
/// A whole model on an engine against the reference network in double: loss, every parameter's gradient, and the
/// parameters after three Adam steps, from the same initial values.
/// </summary>
internal static class ModelCases
{
    private const double LossBound = 1e-6;

    // Rows of opposite labels may nearly cancel in a whole tensor, which then is small beside its terms' rounding errors:
    // 1.4e-5 was the worst of 1,200 random models.
    private const double GradientBound = 1e-4;

    private const double ParameterBound = 1e-6;
    private const int AdamSteps = 3;

    // Adam divides a gradient by its own size: with the usual 1e-8, rounding errors in tiny gradients would move their
    // parameters by a visible part of the learning rate. The kernel's own case has 1e-8.
    private static readonly AdamOptions Adam = new(Epsilon: 1e-3);

    /// <param name="choice">The engine.</param>
    /// <param name="random">Draws shapes, parameters and batches.</param>
    public static IReadOnlyList<VerificationResult> Run(AcceleratorChoice choice, Random random)
    {
        var most = choice == AcceleratorChoice.Simulator ? 6 : 40;
        var options = new ModelOptions(
            random.Next(2, most + 2), random.Next(1, most + 1), random.Next(1, most + 1), random.Next(1, most + 1),
            random.Next(2) == 0 ? Readout.LastStep : Readout.LastToken);
        var rows = random.Next(1, 9);
        var shape = $"V={options.VocabularySize} E={options.EmbeddingSize} H={options.HiddenSize} T={options.MaxLength} B={rows} {options.Readout}";
        using var engine = EngineFactory.Create(choice, options, Adam, new EngineLimits(rows, options.MaxLength));
        var results = new List<VerificationResult>();

        var parameters = new float[engine.Layout.Length];
        for (var n = 0; n < parameters.Length; n++)
            parameters[n] = random.NextSingle() - 0.5f;
        var expected = Array.ConvertAll(parameters, value => (double)value);
        engine.SetParameters(parameters);

        var batch = RandomBatch(options, rows, random);
        var gradient = new float[parameters.Length];
        var totals = engine.ComputeGradient(batch, gradient);
        var (loss, expectedGradient) = Reference(options, expected, batch);
        Compare("loss and gradient", "loss", [(float)totals.MeanLoss], [loss], LossBound);
        foreach (var tensor in engine.Layout.Tensors)
        {
            // The bias is a single number: the rows' logit gradients, up to 1 each, may cancel in it.
            var leastScale = tensor == engine.Layout.HeadBias ? 0.5 : 0;
            Compare("loss and gradient", tensor.Name, tensor.In(gradient), tensor.In(expectedGradient), GradientBound, leastScale);
        }

        var referenceAdam = new ReferenceAdam(parameters.Length, Adam);
        for (var step = 0; step < AdamSteps; step++)
        {
            batch = RandomBatch(options, rows, random);
            engine.TrainStep(batch);
            referenceAdam.Step(expected, Reference(options, expected, batch).Gradient);
        }

        engine.GetParameters(parameters);
        foreach (var tensor in engine.Layout.Tensors)
            Compare($"{AdamSteps} Adam steps", tensor.Name, tensor.In(parameters), tensor.In(expected), ParameterBound, leastScale: 0.5);
        return results;

        void Compare(string operation, string tensor, ReadOnlySpan<float> actual, ReadOnlySpan<double> wanted, double bound, double leastScale = 0) =>
            results.Add(VerificationResult.Compare(engine.Device, $"model: {operation}", tensor, shape, actual, wanted, bound, leastScale));
    }

    private static (double Loss, double[] Gradient) Reference(ModelOptions options, double[] parameters, TokenBatch batch)
    {
        var classifier = new ReferenceClassifier(options, parameters);
        var forward = classifier.Forward(batch);
        return (forward.Loss, classifier.Backward(batch, forward));
    }

    private static TokenBatch RandomBatch(ModelOptions options, int rows, Random random)
    {
        var lengths = new int[rows];
        var labels = new float[rows];
        var tokens = new int[rows * options.MaxLength];
        for (var b = 0; b < rows; b++)
        {
            lengths[b] = random.Next(options.MaxLength + 1);
            labels[b] = random.Next(2);
            for (var t = 0; t < lengths[b]; t++)
                tokens[b * options.MaxLength + t] = random.Next(1, options.VocabularySize);
        }

        return new TokenBatch(tokens, lengths, labels, rows, options.MaxLength);
    }
}
