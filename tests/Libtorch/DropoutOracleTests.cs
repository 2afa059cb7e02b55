using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Reference;
using GpuLstm.Verification.Comparison;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Libtorch;

/// <summary>Loss and gradient of a training step with dropout of everything, against libtorch's autograd in float64.</summary>
public sealed class DropoutOracleTests(OracleBook book, ITestOutputHelper output) : IClassFixture<OracleBook>
{
    private static readonly DropoutOptions Everything =
        new() { Embedding = 0.2, Layers = 0.3, Recurrent = 0.25, Head = 0.3, Seed = 5 };

    private static readonly OracleShape[] Shapes =
    [
        new(5, 4, 7, 3), new(5, 4, 7, 3) { Layers = 2 }, new(3, 4, 6, 2) { Layers = 2, IsBidirectional = true, Classes = 3 },
        new(9, 6, 5, 4) { IsBidirectional = true, Readout = Readout.Mean }, new(16, 5, 8, 6) { Layers = 3 },
        new(130, 6, 3, 4) { Layers = 2 },
    ];

    public static TheoryData<AcceleratorKind, OracleShape> Cases
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, OracleShape>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var shape in Shapes.Where(shape => accelerator != AcceleratorKind.Simulator || shape.Hidden < 16))
                    cases.Add(accelerator, shape);
            }

            return cases;
        }
    }

    [Fact]
    public void The_reference_agrees_in_double() => Assert.All(Shapes, shape =>
    {
        var (model, start, batch) = Draw(shape);
        var step = Everything.StepOf(1);
        var classifier = new ReferenceClassifier(model, start, optimizer: null, step);
        var forward = classifier.Forward(batch);
        Compare(shape, model, start, batch, forward.Loss, classifier.Backward(batch, forward), OracleBounds.Double);
    });

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_engine_agrees(AcceleratorKind accelerator, OracleShape shape)
    {
        TestDevices.SkipIfAbsent(accelerator);
        TestSet.SkipIfLong(accelerator != AcceleratorKind.Cpu);
        var (model, start, batch) = Draw(shape);
        using var engine = book.Device(accelerator).CreateEngine(
            model, new OptimizerOptions { Dropout = Everything }, new EngineLimits(batch.Rows, batch.Steps));
        engine.SetParameters(Array.ConvertAll(start, value => (float)value));
        var gradient = new float[start.Length];
        var totals = engine.ComputeGradient(batch, gradient);
        Compare(
            shape, model, start, batch, totals.MeanLoss, Array.ConvertAll(gradient, value => (double)value),
            OracleBounds.Single(shape.Steps));
    }

    private (ModelOptions Model, double[] Start, TokenBatch Batch) Draw(OracleShape shape)
    {
        var random = TestRandom.Create(output);
        var model = shape.Model(random.Next(2) == 0 ? TextLengths.Padded : TextLengths.Real);
        var start = Array.ConvertAll(
            ParameterInitializer.Create(model, new NumpyRandom((uint)random.Next())), value => (double)value);
        return (model, start, RandomBatches.Create(model, shape.Batch, random));
    }

    private static void Compare(
        OracleShape shape, ModelOptions model, double[] start, TokenBatch batch, double loss, double[] gradient,
        OracleBounds bounds)
    {
        var expected = new LibtorchDropout(model, Everything.StepOf(1)!.Value).Differentiate(start, batch);
        Assert.InRange(Math.Abs(loss - expected.Loss) / expected.Loss, 0, bounds.Loss);
        GradientAssert.Agrees($"{shape}", model, expected.Gradient, gradient, bounds.Gradient);
    }
}
