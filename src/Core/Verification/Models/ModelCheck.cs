using System.Numerics.Tensors;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Reference;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Models;

/// <summary>Makes the engines of a device that a case of a whole model holds to the reference.</summary>
/// <param name="Training">For training.</param>
/// <param name="Inference">For inference.</param>
internal sealed record ModelEngines(
    Func<ModelOptions, OptimizerOptions, EngineLimits, ITrainingEngine> Training,
    Func<ModelOptions, EngineLimits, IInferenceEngine> Inference);

/// <summary>
/// A whole model on an engine against the reference network in double, from the same initial values: logits and totals of all
/// rows, the loss and every parameter's gradient of the last batch, and totals and parameters after an epoch. The engine
/// has room for larger batches than it is given.
/// </summary>
internal sealed class ModelCheck
{
    private const double NearZero = 1e-4; // of a logit, whose sign a device may see otherwise
    private const double NearMaximum = 1e-5; // of a hidden state; more than rounding, also after the steps of an epoch
    private const double MinHidden = 0.1;
    private const double MinNgrams = 1e-2;
    private const double ParameterRounding = 6e-8; // half a unit in the last place, relative
    private const double Unsaturated = 1e-6; // what is left to a gate of its way to 0 or 1

    private readonly ModelCase modelCase;
    private readonly Loss loss;
    private readonly int count; // of logits in a row
    private readonly string shape;
    private readonly ModelBounds bounds;
    private readonly ITrainingEngine engine;
    private readonly IInferenceEngine inference;
    private readonly Random random;
    private readonly List<VerificationResult> results = [];

    private ModelCheck(ModelCase modelCase, string name, ITrainingEngine engine, IInferenceEngine inference, Random random)
    {
        this.modelCase = modelCase;
        (loss, count) = (modelCase.Options.Loss, modelCase.Options.Logits);
        this.engine = engine;
        this.inference = inference;
        this.random = random;
        shape = $"{modelCase} {name}";
        bounds = ModelBounds.Of(modelCase);
    }

    /// <param name="name">The case's name.</param>
    /// <param name="modelCase">Its sizes.</param>
    /// <param name="engines">Makes the engines.</param>
    /// <param name="random">Draws parameters and rows.</param>
    public static IReadOnlyList<VerificationResult> Run(
        string name, ModelCase modelCase, ModelEngines engines, Random random)
    {
        var limits = new EngineLimits(modelCase.BatchSize + random.Next(1, 4), modelCase.Options.MaxLength + random.Next(1, 4));
        using var training = engines.Training(modelCase.Options, modelCase.Optimizer, limits);
        using var evaluating = engines.Inference(modelCase.Options, limits);
        var check = new ModelCheck(modelCase, name, training, evaluating, random);
        check.Run();
        return check.results;
    }

    private void Run()
    {
        var (parameters, rows) = Draw();
        engine.SetParameters(parameters);
        using var batches = engine.Load(rows, modelCase.BatchSize);
        var expected = Array.ConvertAll(parameters, value => (double)value);
        CompareEvaluation(batches, rows, expected);
        var order = Enumerable.Range(0, rows.Rows).ToArray();
        random.Shuffle(order);
        batches.Reorder(order);
        TokenBatch[] batchesInOrder = [.. order.Chunk(modelCase.BatchSize).Select(Gather)];
        CompareGradient(batches, batchesInOrder, expected);
        if (!modelCase.IsHuge)
            CompareEpoch(batches, batchesInOrder, expected);

        TokenBatch Gather(int[] numbers)
        {
            var batch = rows.CreateBatch(numbers.Length);
            rows.GatherBatch(numbers, batch);
            return batch;
        }
    }

    private (float[] Parameters, TokenMatrix Rows) Draw()
    {
        while (true)
        {
            var (parameters, rows) = (modelCase.DrawParameters(engine.Layout, random), modelCase.DrawRows(random));
            if (modelCase.IsHuge || !(IsUnstable(parameters, rows) || HasEqualMaxima(parameters, rows)))
                return (parameters, rows);
        }
    }

    // A single unit may have two states that it ends in, and a row that begins between them: each step then doubles the rounding
    // of those before. Such a draw, about one in a thousand of the article's model, says nothing of an engine: the reference
    // itself takes another way when its parameters are rounded.
    private bool IsUnstable(float[] parameters, TokenMatrix rows)
    {
        if (modelCase.Options.HiddenSize > 1)
            return false;
        var all = AllOf(rows);
        var (drawn, rounded) = (LogitsOf(1), LogitsOf(1 + ParameterRounding));
        return drawn.Zip(rounded, (one, other) => Math.Abs(one - other)).Max() > bounds.Logits / 2;

        double[] LogitsOf(double factor)
        {
            double[] moved = [.. parameters.Select((value, n) => n % 2 == 0 ? value * factor : value / factor)];
            return new ReferenceClassifier(modelCase.Options, moved).Forward(all).Logits;
        }
    }

    // Of two steps with nearly the largest hidden state, rounding decides which one the gradient goes to.
    private bool HasEqualMaxima(float[] parameters, TokenMatrix rows)
    {
        if (modelCase.Options.Readout is not (Readout.Max or Readout.MeanMax))
            return false;
        double[] exact = [.. parameters];
        var stack = new ReferenceLstmStack(modelCase.Options, engine.Layout, exact);
        return new ReferenceClassifier(modelCase.Options, exact).Forward(AllOf(rows)).Rows
            .Select(stack.LastLayer)
            .Any(states => states.Count > 1 && Enumerable.Range(0, modelCase.Options.Features).Any(n => HasTwo(states, n)));

        static bool HasTwo(IReadOnlyList<double[]> states, int column)
        {
            double[] largest = [.. states.Select(state => state[column]).OrderDescending().Take(2)];
            return largest[0] - largest[1] < NearMaximum;
        }
    }

    private void CompareEvaluation(IEngineBatches batches, TokenMatrix rows, double[] parameters)
    {
        var logits = new float[rows.Rows * count];
        var totals = engine.Evaluate(batches, logits, CancellationToken.None);
        var forward = new ReferenceClassifier(modelCase.Options, parameters).Forward(AllOf(rows));
        // by the engine's own logits, of which some may be at 0
        var correct = rows.Labels.Where((label, n) => loss.Answer(logits.AsSpan(n * count, count)) == label).Count();
        // A gate that is not saturated by huge weights passes on the rounding of a sum of millions.
        var isComparable = !modelCase.IsHuge || forward.Rows.All(row => row.All(steps => steps.All(IsSaturated)));
        if (isComparable)
        {
            Compare("evaluation", "logits", logits, forward.Logits, bounds.Logits, minScale: 1);
            Compare(
                "evaluation", "loss", [(float)totals.MeanLoss], [forward.Loss], bounds.Loss, minScale: modelCase.IsHuge ? 1 : 0);
        }

        Compare("evaluation", "correct, rows", [totals.Correct, totals.Rows], [correct, rows.Rows], bound: 0);
        CompareInference(rows, parameters, logits);
    }

    /// <summary>The engine for inference has the bits of the one that trains, also where its buffers have to grow.</summary>
    private void CompareInference(TokenMatrix rows, double[] parameters, float[] wanted)
    {
        inference.SetParameters(Array.ConvertAll(parameters, value => (float)value));
        var (first, all) = (new float[count], new float[rows.Rows * count]);
        var one = rows.CreateBatch(1);
        rows.GatherBatch([0], one);
        inference.Evaluate(one, first);
        using var batches = inference.Load(rows, modelCase.BatchSize);
        inference.Evaluate(batches, all, CancellationToken.None);
        Compare("inference", "logits", all, Array.ConvertAll(wanted, logit => (double)logit), bound: 0);
        if (!modelCase.IsHuge) // of which rounding may make anything
        {
            double[] ofFirst = Array.ConvertAll(wanted[..count], logit => (double)logit);
            Compare("inference", "one row's logits", first, ofFirst, bounds.Logits, minScale: 1);
        }

    }

    private void CompareGradient(IEngineBatches batches, TokenBatch[] batchesInOrder, double[] parameters)
    {
        var gradient = new float[parameters.Length];
        var totals = engine.ComputeGradient(batches, batches.Count - 1, gradient);
        if (modelCase.IsHuge)
        {
            // Chaotic, so not compared; but never NaN or infinite.
            Compare("huge weights", "gradient is finite", [float.IsFinite(gradient.Sum()) ? 1 : 0], [1], bound: 0);
            return;
        }

        var reference = ModelReference.Of(modelCase.Options, modelCase.Optimizer, parameters, batchesInOrder[^1]);
        Compare("loss and gradient", "loss", [(float)totals.MeanLoss], [reference.Loss], bounds.Loss);
        Compare("loss and gradient", "rows", [totals.Rows], [batchesInOrder[^1].Rows], bound: 0);
        foreach (var tensor in engine.Layout.Tensors)
        {
            // With one unit all hidden states may happen to lie near 0. The bias that goes with them has 1 where these weights
            // have a hidden state.
            var largestTerms = LargestTerms(tensor);
            if (tensor == engine.Layout.HeadWeights)
                largestTerms = Math.Max(largestTerms, MinHidden * LargestTerms(engine.Layout.HeadBias));
            else if (tensor == engine.Layout.AttentionWeights) // its terms of a row add up to 0 where the hidden states are alike
                largestTerms = Math.Max(largestTerms, MinHidden * LargestTerms(engine.Layout.HeadWeights));
            else if (tensor == engine.Layout.Ngrams) // the last tokens may have none: what is left came back through many steps
                largestTerms = Math.Max(largestTerms, MinNgrams * LargestTerms(engine.Layout.Embedding));
            else if (engine.Layout.Lstm.FirstOrDefault(lstm => lstm.RecurrentWeights == tensor) is { } lstm)
                largestTerms = Math.Max(largestTerms, MinHidden * LargestTerms(lstm.RecurrentBias));
            Compare(
                "loss and gradient", tensor.Name, tensor.In(gradient), tensor.In(reference.Gradient),
                bounds.GradientOf(engine.Layout, tensor), largestTerms);
        }

        double LargestTerms(ParameterTensor tensor) => TensorPrimitives.Max<double>(tensor.In(reference.GradientTerms));
    }

    private void CompareEpoch(IEngineBatches batches, TokenBatch[] batchesInOrder, double[] expected)
    {
        var optimizer = modelCase.Optimizer;
        var adam = new ReferenceOptimizer(engine.Layout, optimizer);
        var (lossSum, weight, correct, isClear) = (0.0, 0.0, 0, true);
        for (var index = 0; index < batches.Count; index++)
        {
            engine.TrainStep(batches, index);
            var batch = batchesInOrder[index];
            var classifier = new ReferenceClassifier(
                modelCase.Options, expected, optimizer, optimizer.Dropout.StepOf(index + 1));
            var forward = classifier.Forward(batch);
            lossSum += forward.Loss * classifier.WeightOf(batch);
            weight += classifier.WeightOf(batch);
            correct += classifier.Correct(batch, forward);
            isClear &= forward.Logits.Chunk(count).All(IsClear);
            adam.Step(expected, classifier.Backward(batch, forward), classifier.RowsRead(batch));
        }

        var totals = engine.TakeTrainingTotals();
        var parameters = engine.GetState().Model;
        var model = optimizer.AverageDecay is null ? expected : adam.Average;
        Compare("an epoch", "loss", [(float)totals.MeanLoss], [lossSum / weight], bounds.Loss);
        Compare(
            "an epoch", "correct, rows", [isClear ? totals.Correct : correct, totals.Rows], [correct, modelCase.Rows],
            bound: 0);
        foreach (var tensor in engine.Layout.Tensors)
        {
            Compare(
                "an epoch", tensor.Name, tensor.In(parameters), tensor.In(model), bounds.Parameters, minScale: 0.5);
        }
    }

    private static TokenBatch AllOf(TokenMatrix rows)
    {
        var all = rows.CreateBatch(rows.Rows);
        rows.GatherBatch([.. Enumerable.Range(0, rows.Rows)], all);
        return all;
    }

    // Whether rounding cannot change a row's answer.
    private static bool IsClear(double[] logits)
    {
        var sorted = logits.Length == 1 ? [0, logits[0]] : logits;
        Array.Sort(sorted);
        return sorted[^1] - sorted[^2] > NearZero;
    }

    private static bool IsSaturated(LstmStep step) =>
        step.I.Concat(step.F).Concat(step.O).All(gate => gate is < Unsaturated or > 1 - Unsaturated)
            && step.G.All(candidate => Math.Abs(candidate) > 1 - Unsaturated);

    private void Compare(
        string operation, string tensor, ReadOnlySpan<float> actual, ReadOnlySpan<double> wanted, double bound,
        double minScale = 0) =>
        results.Add(
            VerificationResult.Compare(engine.Device, $"model: {operation}", tensor, shape, actual, wanted, bound, minScale));
}
