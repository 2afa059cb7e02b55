using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Reference;
using GpuLstm.Verification.Comparison;
using TorchSharp;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Libtorch;

/// <summary>Loss and gradient with embeddings of pairs and n-grams, against libtorch's autograd in float64.</summary>
public sealed class FeatureOracleTests(OracleBook book, ITestOutputHelper output) : IClassFixture<OracleBook>
{
    private static readonly OracleShape[] Shapes =
    [
        new(5, 4, 7, 3), new(1, 3, 9, 2), new(3, 4, 6, 2) { Layers = 2, IsBidirectional = true, Classes = 3 },
        new(9, 33, 5, 4) { IsBidirectional = true, Readout = Readout.Mean }, new(64, 8, 12, 16), new(130, 6, 4, 4),
    ];

    // What becomes of pairs, and of n-grams; null: there are none.
    private static readonly (FeatureJoin? Pairs, FeatureJoin? Ngrams)[] Joins =
    [
        (FeatureJoin.Append, null), (FeatureJoin.Sum, null), (null, FeatureJoin.Append), (null, FeatureJoin.Sum),
        (FeatureJoin.Append, FeatureJoin.Append), (FeatureJoin.Append, FeatureJoin.Sum),
        (FeatureJoin.Sum, FeatureJoin.Append), (FeatureJoin.Sum, FeatureJoin.Sum),
    ];

    public static TheoryData<AcceleratorKind, FeatureJoin?, FeatureJoin?> Cases
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, FeatureJoin?, FeatureJoin?>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var (pairs, ngrams) in Joins)
                    cases.Add(accelerator, pairs, ngrams);
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_reference_and_every_engine_agree(AcceleratorKind accelerator, FeatureJoin? pairs, FeatureJoin? ngrams)
    {
        OracleBook.SkipWithoutLibtorch();
        TestDevices.SkipIfAbsent(accelerator);
        TestSet.SkipIfLong(accelerator != AcceleratorKind.Cpu);
        foreach (var shape in Shapes.Where(shape => accelerator != AcceleratorKind.Simulator || shape.Hidden < 16))
            Check(accelerator, shape, pairs, ngrams);
    }

    private void Check(AcceleratorKind accelerator, OracleShape shape, FeatureJoin? pairs, FeatureJoin? ngrams)
    {
        var random = TestRandom.Create(output);
        var model = shape.Model(random.Next(2) == 0 ? TextLengths.Padded : TextLengths.Real) with
        {
            Pairs = pairs is { } join ? new PairOptions(PairOptions.MinRows, SizeOf(join), join) : null,
        };
        if (ngrams is { } kind)
        {
            const int Rows = 30;
            var bags = Enumerable.Range(0, model.VocabularySize).Select(
                token => Enumerable.Range(0, token == 0 ? 0 : random.Next(5)).Select(_ => random.Next(Rows)).ToArray());
            model = model with { Ngrams = new NgramOptions(Rows, SizeOf(kind), kind, new TokenNgrams(bags)) };
        }

        var start = Array.ConvertAll(
            ParameterInitializer.Create(model, new NumpyRandom((uint)random.Next())), value => (double)value);
        var batch = RandomBatches.Create(model, shape.Batch, random);
        using var libtorch = new LibtorchClassifier(model, start, torch.ScalarType.Float64);
        var expected = libtorch.Differentiate(batch);

        var reference = new ReferenceClassifier(model, start);
        var forward = reference.Forward(batch);
        Compare(shape, model, expected, forward.Loss, reference.Backward(batch, forward), OracleBounds.Double);

        using var engine = book.Device(accelerator).CreateEngine(
            model, new OptimizerOptions(), new EngineLimits(batch.Rows, batch.Steps));
        engine.SetParameters(Array.ConvertAll(start, value => (float)value));
        var gradient = new float[start.Length];
        var totals = engine.ComputeGradient(batch, gradient);
        Compare(
            shape, model, expected, totals.MeanLoss, Array.ConvertAll(gradient, value => (double)value),
            OracleBounds.Single(shape.Steps));

        int SizeOf(FeatureJoin feature) => feature == FeatureJoin.Sum ? shape.Embedding : random.Next(1, 40);
    }

    private static void Compare(
        OracleShape shape, ModelOptions model, LibtorchResult expected, double loss, double[] gradient, OracleBounds bounds)
    {
        Assert.InRange(Math.Abs(loss - expected.Loss) / expected.Loss, 0, bounds.Loss);
        GradientAssert.Agrees(
            $"{shape} pairs {model.Pairs?.Join} n-grams {model.Ngrams?.Join}", model, expected.Gradient, gradient,
            bounds.Gradient);
    }
}
