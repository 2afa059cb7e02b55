using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Reference;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="OneUnitStep"/> against the whole reference network: gradients alone, and then with Adam's step.</summary>
internal static class OneUnitStepCase
{
    private static readonly OptimizerOptions Objective = new() { ClassWeights = [0.75, 1.5], LabelSmoothing = 0.125 };

    private static readonly OptimizerStep AdamStep = new(LearningRate: 0.001, Number: 3, new OptimizerOptions().Values);

    public static void Run(CaseDevice device)
    {
        Run(
            device, 2 + device.Size(70, real: 273), device.Size(40, real: 16), device.Size(60, real: 32),
            device.Size(40, real: 200));
        if (device.IsReal)
            return;

        // More elements of each kind than the group has threads: rows; tokens, columns and chunks.
        Run(device, 2 + device.Size(70), device.Size(10), device.LargeSize(1200), device.Size(4));
        Run(device, 2 + device.LargeSize(1020), device.LargeSize(1040), device.LargeSize(60), device.LargeSize(60));
    }

    private static void Run(CaseDevice device, int vocabularySize, int embeddingSize, int rows, int steps)
    {
        var textLengths = device.Random.Next(2) == 0 ? TextLengths.Padded : TextLengths.Real;
        var options = new ModelOptions(vocabularySize, embeddingSize, 1, steps, textLengths);
        var batch = RandomBatches.Create(options, rows, device.Random);
        var shape = $"V={vocabularySize} E={embeddingSize} T={steps} B={rows} {textLengths}";
        Run(device, shape, options, batch, updates: false);
        Run(device, shape, options, batch, updates: true);
    }

    private static void Run(CaseDevice device, string shape, ModelOptions options, TokenBatch batch, bool updates)
    {
        int[] lengths = options.Lengths == TextLengths.Padded ? [.. Enumerable.Repeat(batch.Steps, batch.Rows)] : batch.Lengths;
        var tokens = lengths.Select((length, row) => batch.Tokens.AsSpan(row * batch.Steps, length).ToArray()).ToArray();
        var batchIndex = BatchIndex.Reference.Of(tokens, batch.Steps, options.VocabularySize);
        var layout = new ParameterLayout(options);
        // so that sums over columns stay as large
        var initial = device.Uniform(layout.Length, range: 1 / Math.Sqrt(1 + options.EmbeddingSize / 40.0));
        var (positions, loss) = (batch.Steps * batch.Rows, Objective.LossOf(options.Classes));
        var (parameters, gradient) = (device.InPlace(initial), device.Output(layout.Length));
        var (initialFirst, initialSecond) =
            (device.Uniform(layout.Length), Array.ConvertAll(device.Uniform(layout.Length), Math.Abs));
        var (firstMoments, secondMoments) = (device.InPlace(initialFirst), device.InPlace(initialSecond));
        var (logits, totals) = (device.Output(batch.Rows), device.Output(2));
        OneUnitStep.Run(device.Device, new()
        {
            Parameters = parameters.View,
            Gradient = gradient.View,
            FirstMoments = firstMoments.View,
            SecondMoments = secondMoments.View,
            Lengths = device.Input(lengths),
            Labels = device.Input(batch.Labels),
            Loss = LossArguments.Of(loss, device.Input([.. loss.ClassWeights]), loss.WeightOf(batch.Labels)),
            Slots = device.Input(batchIndex.Slots),
            SlotTokens = device.Input(batchIndex.SlotTokens),
            SlotCount = device.Input([batchIndex.SlotTokens.Length]),
            SortedPositions = device.Input(batchIndex.SortedPositions),
            SegmentStarts = device.Input(batchIndex.SegmentStarts),
            ChunkStarts = device.Input(batchIndex.ChunkStarts),
            ChunkSlots = device.Input(batchIndex.ChunkSlots),
            Table = device.Output(4 * options.VocabularySize).View.Cast<UnitGates>(),
            TableGradient = device.Output(4 * options.VocabularySize).View.Cast<UnitGates>(),
            Gates = device.Output(4 * positions).View.Cast<UnitGates>(),
            CellStates = device.Output(positions).View,
            HiddenStates = device.Output(positions).View,
            LastHiddenGradient = device.Output(batch.Rows).View,
            Logits = logits.View,
            RowLosses = device.Output(batch.Rows).View,
            LogitGradients = device.Output(batch.Rows).View,
            Totals = totals.View,
            Factors = Adam.StepFactors.Of(AdamStep),
            Updates = updates ? 1 : 0,
            VocabularySize = options.VocabularySize,
            EmbeddingSize = options.EmbeddingSize,
            Rows = batch.Rows,
            Steps = batch.Steps,
        });

        var classifier = new ReferenceClassifier(options, initial, Objective);
        var forward = classifier.Forward(batch);
        var expected = classifier.Backward(batch, forward);
        var correct = classifier.Correct(batch, forward);
        device.Compare("one-unit step", "logits", shape, logits, forward.Logits, Bounds.Recurrent);
        device.Compare(
            "one-unit step", "totals", shape, totals, [forward.Loss * classifier.WeightOf(batch), correct], Bounds.Recurrent);
        device.Compare("one-unit step", "gradient", shape, gradient, expected, Bounds.Recurrent);
        if (updates)
            Adam.Reference.Step(initial, expected, initialFirst, initialSecond, AdamStep);

        var bound = updates ? Bounds.Elementwise : 0;
        device.Compare("one-unit step", "parameters", shape, parameters, initial, bound);
        device.Compare("one-unit step", "first moments", shape, firstMoments, initialFirst, bound);
        device.Compare("one-unit step", "second moments", shape, secondMoments, initialSecond, bound);
    }
}
