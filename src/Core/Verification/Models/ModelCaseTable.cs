using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Models;

/// <summary>
/// Cases of the whole model: kinds of rows at small random sizes, then the sizes that users run. They all run on every engine;
/// where it is slow, long rows have few units, and many units few steps.
/// </summary>
internal static class ModelCaseTable
{
    // And a smaller one: more than the 64 that a device indexes at a time.
    private const int ManyBatches = 65;
    private const int LongSteps = 200;
    private const int FewSteps = 8;
    private const int FewTokens = 20;
    private const int MaxNgramRows = 400;
    private const int MaxNgrams = 7;
    private const int MinUnitsOfStack = 4;
    private const int MaxUnitsOfStack = 12;
    private const int MinUnitsForTiles = 16;

    private const int MostClasses = 8;

    // With more, a smoothed label may be what these models answer: of the gradient nothing is left but rounding.
    private const double MaxSmoothing = 0.05;

    // More tokens than an engine numbers whole.
    private const int LargeVocabulary = 1100;

    // The article's file has 273 characters.
    private const int ArticleVocabulary = 275;

    // Of every optimizer.
    private const double LearningRate = 0.01;

    // Of what is left of more, sums have few terms.
    private const double DroppedShare = 0.3;

    private static readonly Readout[] DroppedReadouts = [Readout.Last, Readout.Mean, Readout.Attention];

    /// <summary>The table.</summary>
    public static IReadOnlyList<ModelCaseRow> All { get; } =
    [
        new("random", (scale, random) => [Small(scale, random)]),
        new("edge lengths", (scale, random) => [WithEdgeLengths(Small(scale, random))]),
        new("one row", (scale, random) => [Small(scale, random) with { BatchSize = 1, Rows = 3 }]),
        new("vocabulary's ends", (scale, random) => [WithVocabularyEnds(Small(scale, random))]),
        new(
            "large vocabulary",
            (scale, random) => new[] { 5, 9 }.Select(units => WithLargeVocabulary(Small(scale, random), units))),
        new(
            "layers",
            (scale, random) => [WithStack(Small(scale, random), random, layers: random.Next(2, 4), bidirectional: false)]),
        new("two directions", (scale, random) => [WithStack(Small(scale, random), random, layers: 1, bidirectional: true)]),
        new(
            "layers in two directions",
            (scale, random) => [WithStack(Small(scale, random), random, layers: random.Next(2, 4), bidirectional: true)]),
        new(
            "layers in two directions, edge lengths",
            (scale, random) => [WithStack(WithEdgeLengths(Small(scale, random)), random, layers: 2, bidirectional: true)]),
        new(
            "layers in two directions, large vocabulary",
            (scale, random) => [WithStack(WithLargeVocabulary(Small(scale, random), 3), random, layers: 2, bidirectional: true)])
        {
            IsLong = true,
        },
        new("every readout", WithEveryReadout),
        new("every dropout", WithEveryDropout),
        new("pairs", WithPairs),
        new("n-grams", WithNgrams),
        new("layers of more units", (scale, random) => UnitsForTiles(scale).Select(units => OfTiles(units, random)))
        {
            IsLong = true,
        },
        new("one unit", (scale, random) => [WithOneUnit(Small(scale, random))]),
        new("weighted classes", (scale, random) => [Weighted(Small(scale, random), random)]),
        new("weighted classes, one unit", (scale, random) => [Weighted(WithOneUnit(Small(scale, random)), random)]),
        new("every optimizer", WithEveryOptimizer),
        new("huge weights", (scale, random) => [WithSteps(Small(scale, random), random.Next(1, 4)) with { IsHuge = true }]),
        new(
            "many batches",
            (scale, random) => [WithSteps(Small(scale, random), random.Next(1, 4)) with
            {
                BatchSize = 2,
                Rows = 2 * ManyBatches + 1,
            }]) { IsLong = true },
        new("blocks of units", (scale, random) => BlockBorders(scale).Select(units => OfUnits(units, random))) { IsLong = true },
        new("long memory, one unit", (scale, random) => [Remembering(1, random)]) { IsLong = true },
        new(
            "long memory",
            (scale, random) => [Remembering(scale == CaseScale.Full ? random.Next(2, 9) : 8, random)]) { IsLong = true },
        new(
            "long memory, more units",
            (scale, random) => [Remembering(scale == CaseScale.Full ? random.Next(9, 41) : 9, random)]) { IsLong = true },
        new("default model", (scale, random) => [AsTrained(TrainingOptions.Default, LargeVocabulary, scale)]) { IsLong = true },
        new(
            "article's model",
            (scale, random) => [AsTrained(TrainingOptions.Article, ArticleVocabulary, scale)]) { IsLong = true },
    ];

    // An embedding is two wide at least: the four terms of a single column may cancel in all rows at once, and what is left is
    // rounding. Operations and libtorch's shapes have a single one.
    private const int MinWidth = 2;

    /// <summary>Any sizes, two batches and a smaller third.</summary>
    public static ModelCase Small(CaseScale scale, Random random)
    {
        var most = scale switch { CaseScale.Full => 40, CaseScale.Small => 6, _ => 3 };
        var batchSize = random.Next(1, scale == CaseScale.Tiny ? 4 : 9);
        var drawn = new ModelCase(
            new ModelOptions(
                random.Next(3, most + 3), random.Next(MinWidth, most + 1), random.Next(1, most + 1), random.Next(1, most + 1),
                AnyLengths(random))
            { Classes = AnyClasses(random) },
            batchSize, 2 * batchSize + random.Next(1, Math.Max(2, batchSize)));
        return WithUnits(drawn, drawn.Options.HiddenSize);
    }

    // Hidden units at and beside each border of a block, and more columns of the embedding than a block has.
    private static IEnumerable<int> BlockBorders(CaseScale scale) => scale == CaseScale.Full
        ? [8, .. Enumerable.Range(1, 9).SelectMany(block => new[] { 16 * block - 1, 16 * block, 16 * block + 1 })]
        : [8, 9, 16, 17];

    private static ModelCase OfUnits(int units, Random random) =>
        new(
            new ModelOptions(random.Next(3, 20), random.Next(60, 140), units, random.Next(2, 5), AnyLengths(random)), 4,
            4 + random.Next(1, 4));

    private static ModelCase Remembering(int units, Random random) =>
        new(new ModelOptions(random.Next(3, 20), random.Next(MinWidth, 9), units, LongSteps, TextLengths.Real), 2, 3)
        {
            Remembers = true,
            Lengths = [LongSteps, random.Next(3 * LongSteps / 4, LongSteps), LongSteps - 1],
        };

    private static ModelCase AsTrained(TrainingOptions options, int vocabularySize, CaseScale scale)
    {
        var (steps, batchSize) = scale == CaseScale.Full ? (options.MaxLength, options.BatchSize) : (FewSteps, 2);
        return new(
            new ModelOptions(
                scale == CaseScale.Tiny ? FewTokens : vocabularySize, options.EmbeddingSize, options.HiddenSize, steps,
                options.Lengths),
            batchSize, batchSize + batchSize / 2);
    }

    private static ModelCase WithEdgeLengths(ModelCase drawn) =>
        drawn with { BatchSize = 3, Rows = 8, Lengths = [1, drawn.Options.MaxLength, 0] };

    private static ModelCase WithVocabularyEnds(ModelCase drawn) =>
        drawn with { Tokens = [1, drawn.Options.VocabularySize - 2, drawn.Options.VocabularySize - 1] };

    // Its padding is a token like others, which a batch may have or not.
    private static ModelCase WithLargeVocabulary(ModelCase drawn, int units) => drawn with
    {
        Options = drawn.Options with { VocabularySize = LargeVocabulary, HiddenSize = units, Lengths = TextLengths.Padded },
    };

    private static ModelCase Weighted(ModelCase drawn, Random random) => drawn with
    {
        Optimizer = drawn.Optimizer with
        {
            ClassWeights = [.. Enumerable.Range(0, drawn.Options.Classes).Select(_ => 0.5 + random.NextDouble())],
            LabelSmoothing = MaxSmoothing * random.NextDouble(),
        },
    };

    // Each rule alone, and with all else that a step can do.
    private static IEnumerable<ModelCase> WithEveryOptimizer(CaseScale scale, Random random) =>
        from rule in Optimizer.All
        from clipNorm in new double?[] { null, 0.05 }
        let drawn = Small(scale, random)
        let values = rule.Hyperparameters.Any(known => known.Name == "epsilon")
            ? HyperparameterValues.None.With("epsilon", LearningRate) // so that a step's error is at most the gradient's
            : HyperparameterValues.None
        select drawn with
        {
            Optimizer = new()
            {
                Rule = rule,
                LearningRate = LearningRate,
                Values = values,
                ClipNorm = clipNorm,
                AverageDecay = clipNorm is null ? null : 0.7,
                // Always where weights decay: that of a frozen embedding must not.
                FreezeEmbedding = clipNorm is not null && (rule.UsesDecays || random.Next(2) == 0),
            },
        };

    // Of all steps; of one layer in one direction, and of several. Behind a text's end the states of a padded row come to rest,
    // and rounding decides which of many steps has the largest: so such rows have few.
    private static IEnumerable<ModelCase> WithEveryReadout(CaseScale scale, Random random) =>
        from readout in Enum.GetValues<Readout>()
        where readout != Readout.Last
        let isStack = random.Next(2) == 0
        let drawn = WithEdgeLengths(Small(scale, random))
        let steps = drawn.Options.Lengths == TextLengths.Padded ? random.Next(1, FewSteps + 1) : drawn.Options.MaxLength
        let shaped = WithStack(WithEdgeLengths(WithSteps(drawn, steps)), random, layers: isStack ? 2 : 1, bidirectional: isStack)
        select shaped with { Options = shaped.Options with { Readout = readout } };

    // Each place alone, and all of them: in one layer and in several, of one direction and of two, with the batch's own tokens in
    // the table. Not with a readout of the largest values: a step of two layers may have two that are as large but for rounding.
    // Two classes, for of few units that are left the terms of more classes may cancel in all.
    private static IEnumerable<ModelCase> WithEveryDropout(CaseScale scale, Random random) =>
        from dropout in new DropoutOptions[]
        {
            new() { Embedding = DroppedShare },
            new() { Layers = DroppedShare },
            new() { Recurrent = DroppedShare },
            new() { Head = DroppedShare },
            new() { Embedding = DroppedShare, Layers = DroppedShare, Recurrent = DroppedShare, Head = DroppedShare },
        }
        let small = Small(scale, random)
        let drawn = random.Next(2) == 0 ? WithLargeVocabulary(small, small.Options.HiddenSize) : small
        let readout = DroppedReadouts[random.Next(DroppedReadouts.Length)]
        let layers = dropout.Layers > 0 ? random.Next(2, 4) : random.Next(1, 3)
        let shaped = WithStack(drawn, random, layers, bidirectional: random.Next(2) == 0)
        select Dropped(shaped with { Options = shaped.Options with { Readout = readout, Classes = 2 } }, dropout, random);

    // Behind the tokens' embedding and added to it: with few rows of the table, in which pairs meet, and with more; in one layer
    // and in several, of one direction and of two; and with all else that a step can do.
    private static IEnumerable<ModelCase> WithPairs(CaseScale scale, Random random) =>
        from kind in Enum.GetValues<FeatureJoin>()
        from rows in new[] { PairOptions.MinRows, random.Next(PairOptions.MinRows, 5 * PairOptions.MinRows) }
        from rule in rows > PairOptions.MinRows ? [new Adam()] : Optimizer.All
        let small = Small(scale, random)
        let drawn = random.Next(2) == 0 ? WithLargeVocabulary(small, small.Options.HiddenSize) : small
        let shaped = WithStack(drawn, random, random.Next(1, 3), bidirectional: random.Next(2) == 0)
        let size = kind == FeatureJoin.Sum ? shaped.Options.EmbeddingSize : random.Next(MinWidth, FewTokens)
        let options = shaped.Options with { Pairs = new PairOptions(rows, size, kind), Classes = 2 }
        select WithAnySteps(shaped with { Options = options }, rule, random);

    // Likewise; tokens without n-grams among them, and pairs beside them in every other case.
    private static IEnumerable<ModelCase> WithNgrams(CaseScale scale, Random random) =>
        from kind in Enum.GetValues<FeatureJoin>()
        from rows in new[] { random.Next(1, FewTokens), random.Next(FewTokens, MaxNgramRows) }
        from number in Enumerable.Range(0, 2)
        let small = Small(scale, random)
        let drawn = random.Next(2) == 0 ? WithLargeVocabulary(small, small.Options.HiddenSize) : small
        let shaped = WithStack(drawn, random, random.Next(1, 3), bidirectional: random.Next(2) == 0)
        let embedding = shaped.Options.EmbeddingSize
        let size = kind == FeatureJoin.Sum ? embedding : random.Next(MinWidth, FewTokens)
        let pairKind = random.Next(2) == 0 ? FeatureJoin.Append : FeatureJoin.Sum
        let pairSize = pairKind == FeatureJoin.Sum ? embedding : random.Next(MinWidth, FewTokens)
        let options = shaped.Options with
        {
            Ngrams = new NgramOptions(rows, size, kind, AnyNgrams(shaped.Options.VocabularySize, rows, random)),
            Pairs = number > 0 ? new PairOptions(PairOptions.MinRows, pairSize, pairKind) : null,
            Classes = 2,
        }
        select WithAnySteps(shaped with { Options = options }, Optimizer.All[random.Next(Optimizer.All.Count)], random);

    private static TokenNgrams AnyNgrams(int tokens, int rows, Random random) => new(
        Enumerable.Range(0, tokens).Select(
            token => Enumerable.Range(0, token == 0 ? 0 : random.Next(MaxNgrams)).Select(_ => random.Next(rows)).ToArray()));

    // With all else that a step can do, in every other case each.
    private static ModelCase WithAnySteps(ModelCase shaped, Optimizer rule, Random random)
    {
        var drawn = shaped with
        {
            Optimizer = new OptimizerOptions
            {
                Rule = rule,
                LearningRate = LearningRate,
                Values = rule.Hyperparameters.Any(known => known.Name == "epsilon")
                    ? HyperparameterValues.None.With("epsilon", LearningRate)
                    : HyperparameterValues.None,
                ClipNorm = random.Next(2) == 0 ? 0.05 : null,
            },
        };
        return random.Next(2) == 0 ? Dropped(drawn, new() { Embedding = DroppedShare, Recurrent = DroppedShare }, random) : drawn;
    }

    private static ModelCase Dropped(ModelCase drawn, DropoutOptions dropout, Random random) => drawn with
    {
        Optimizer = drawn.Optimizer with { Dropout = dropout with { Seed = (uint)random.Next() } },
    };

    private static ModelCase WithStack(ModelCase drawn, Random random, int layers, bool bidirectional)
    {
        // A hidden state's gradient from the layer above is a sum over its units: the terms of one or two may nearly cancel.
        var units = random.Next(MinUnitsOfStack, MaxUnitsOfStack + 1);
        return drawn with
        {
            Options = drawn.Options with { HiddenSize = units, Layers = layers, IsBidirectional = bidirectional },
        };
    }

    // As many units and inputs as the dense products' tiles are for, with two directions those of tensor cores too; and a number
    // for each tile kernel of the sequence, which then has a gradient at every step.
    private static IEnumerable<int> UnitsForTiles(CaseScale scale) => scale == CaseScale.Full
        ? TileShape.All.Select(shape => shape.Units).Where(units => units >= MinUnitsForTiles)
        : [MinUnitsForTiles];

    private static ModelCase OfTiles(int units, Random random)
    {
        var drawn = OfUnits(units, random);
        var shaped = drawn with
        {
            Options = drawn.Options with { Layers = 2, IsBidirectional = true, Readout = Readout.Attention },
        };
        return Dropped(shaped, new() { Layers = DroppedShare, Recurrent = DroppedShare }, random);
    }

    private static ModelCase WithOneUnit(ModelCase drawn) => WithUnits(drawn, 1);

    /// <summary>
    /// With another number of hidden units; those of a stack or a readout of all steps are never fewer than
    /// <see cref="MinUnitsOfStack"/>. One unit has two classes: of more, its gradient is a single sum over them, whose
    /// terms may cancel in all rows at once. The head's own case has it.
    /// </summary>
    public static ModelCase WithUnits(ModelCase drawn, int units)
    {
        if (drawn.Options is { Layers: > 1 } or { IsPooled: true })
            units = Math.Max(units, MinUnitsOfStack);
        var classes = units == 1 ? 2 : drawn.Options.Classes;
        return drawn with
        {
            Options = drawn.Options with { HiddenSize = units, Classes = classes },
            Optimizer = drawn.Optimizer with { ClassWeights = drawn.Optimizer.ClassWeights?.Take(classes).ToArray() },
        };
    }

    private static ModelCase WithSteps(ModelCase drawn, int steps) =>
        drawn with { Options = drawn.Options with { MaxLength = steps } };

    // Two classes in every other case, else as many as some loss is for.
    private static int AnyClasses(Random random)
    {
        int[] several = [.. Enumerable.Range(3, MostClasses - 2).Where(classes => Loss.All.Any(loss => loss.Supports(classes)))];
        return several.Length == 0 || random.Next(2) == 0 ? 2 : several[random.Next(several.Length)];
    }

    private static TextLengths AnyLengths(Random random) => random.Next(2) == 0 ? TextLengths.Padded : TextLengths.Real;
}
