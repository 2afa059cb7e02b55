using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification.Comparison;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// Forward outputs, loss, the gradient of every parameter and the parameters after ten Adam steps (three where kernels run),
/// against libtorch in float64 with the same weights and batches.
/// </summary>
public sealed class OracleTests(OracleBook book, ITestOutputHelper output) : IClassFixture<OracleBook>
{
    // Each thread of the simulator is one of the operating system's.
    private const int MaxOnSimulator = 1700;

    // In the short set, on what runs kernels.
    private const int UnitsOnDevice = 3;

    public static TheoryData<OracleShape> Shapes => [.. OracleShape.Table, .. OracleShape.Stacks, .. OracleShape.Readouts];

    public static TheoryData<AcceleratorKind, OracleShape> EngineCases
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, OracleShape>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var shape in OracleShape.Table.Concat(OracleShape.Stacks).Concat(OracleShape.Readouts).Where(shape =>
                    accelerator != AcceleratorKind.Simulator || shape.Units <= MaxOnSimulator))
                {
                    cases.Add(accelerator, shape);
                }
            }

            return cases;
        }
    }

    [Fact]
    public void Shapes_pair_every_two_sizes()
    {
        Assert.Equal(20, Pairs(shape => (shape.Hidden, shape.Batch)));
        Assert.Equal(20, Pairs(shape => (shape.Hidden, shape.Steps)));
        Assert.Equal(15, Pairs(shape => (shape.Hidden, shape.Embedding)));
        Assert.Equal(16, Pairs(shape => (shape.Batch, shape.Steps)));
        Assert.Equal(12, Pairs(shape => (shape.Batch, shape.Embedding)));
        Assert.Equal(12, Pairs(shape => (shape.Steps, shape.Embedding)));

        static int Pairs(Func<OracleShape, (int, int)> select) => OracleShape.Table.Select(select).Distinct().Count();
    }

    [Fact]
    public void The_short_ones_have_every_size()
    {
        Assert.Empty(OracleShape.ShortSet.Except(OracleShape.Table));
        Assert.Equal(
            (5, 4, 4, 3),
            (
                Sizes(shape => shape.Hidden), Sizes(shape => shape.Batch), Sizes(shape => shape.Steps),
                Sizes(shape => shape.Embedding)));

        static int Sizes(Func<OracleShape, int> select) => OracleShape.ShortSet.Select(select).Distinct().Count();
    }

    [SkippableTheory]
    [MemberData(nameof(Shapes))]
    public void The_reference_agrees_in_double(OracleShape shape)
    {
        TestSet.SkipIfLong(OracleShape.Table.Except(OracleShape.ShortSet).Contains(shape));
        var oracle = Ask(shape);
        Compare(
            "reference (double)", shape, oracle, Subject.Reference(oracle, new OptimizerOptions()), oracle.Trained,
            OracleBounds.Double);
    }

    [SkippableFact]
    public void The_reference_agrees_over_a_long_memory()
    {
        var shape = new OracleShape(Hidden: 5, Batch: 3, Steps: 200, Embedding: 4);
        var oracle = book.AskOfLongMemory(shape);
        Compare(
            "reference (double), long memory", shape, oracle, Subject.Reference(oracle, new OptimizerOptions()), oracle.Trained,
            OracleBounds.Double);
    }

    [SkippableTheory]
    [MemberData(nameof(Shapes))]
    public void Libtorch_in_single_lies_no_farther_than_we_may(OracleShape shape)
    {
        TestSet.SkipIfLong(!OracleShape.ShortSet.Contains(shape));
        var oracle = Ask(shape);
        Compare(
            "libtorch (float32)", shape, oracle, Subject.LibtorchSingle(oracle, Oracle.Damped), oracle.TrainedDamped,
            OracleBounds.Single(shape.Steps));
    }

    [SkippableTheory]
    [MemberData(nameof(EngineCases))]
    public void Every_engine_agrees(AcceleratorKind accelerator, OracleShape shape)
    {
        TestDevices.SkipIfAbsent(accelerator);
        TestSet.SkipIfLong(
            !OracleShape.ShortSet.Contains(shape) || (accelerator != AcceleratorKind.Cpu && shape.Hidden != UnitsOnDevice));
        // its driver compiles the kernels once more, which the simulator runs too
        TestSet.SkipIfLong(accelerator == AcceleratorKind.OpenCL);
        var oracle = Ask(shape);
        var adamSteps = Oracle.AdamStepsOn(accelerator);
        var answer = Subject.Engine(book.Device(accelerator), oracle, Oracle.Damped, adamSteps);
        var trained = adamSteps == Oracle.AdamSteps ? oracle.TrainedDamped : oracle.TrainedBriefly;
        Compare($"{accelerator}".ToLowerInvariant(), shape, oracle, answer, trained, OracleBounds.Single(shape.Steps), adamSteps);
    }

    private Oracle Ask(OracleShape shape)
    {
        output.WriteLine($"GPULSTM_SEED={book.Seed}");
        return book[shape];
    }

    private void Compare(
        string subject, OracleShape shape, Oracle oracle, Answer answer, double[] trained, OracleBounds bounds,
        int adamSteps = Oracle.AdamSteps)
    {
        var hidden = answer.Hidden.Length == 0 ? 0 : Error(answer.Hidden, oracle.Result.Hidden);
        // A logit is a sum of terms of either sign, up to 1 in all; a single one may nearly cancel.
        var logits = Math.Max(hidden, Error(answer.Logits, oracle.Result.Logits, minScale: 1));
        var loss = Error([answer.Loss], [oracle.Result.Loss]);
        book.Table.Add(subject, shape, "hidden states, logits, loss", Math.Max(logits, loss));
        Assert.True(logits <= bounds.Logits, $"{shape} {oracle.Model.Lengths} logits: {logits:0.0e-0}");
        Assert.True(loss <= bounds.Loss, $"{shape} {oracle.Model.Lengths} loss: {loss:0.0e-0}");
        var layout = new ParameterLayout(oracle.Model);
        var largest = oracle.Result.Gradient.Max(Math.Abs);
        foreach (var tensor in layout.Tensors)
        {
            var minScale = Bounds.MinGradientScale(layout, tensor, largest);
            var gradient = Error(tensor.In(answer.Gradient).ToArray(), tensor.In(oracle.Result.Gradient).ToArray(), minScale);
            // Parameters are drawn from ± 1/√H; a tensor of one may lie near 0.
            var parameters = Error(
                tensor.In(answer.Parameters).ToArray(), tensor.In(trained).ToArray(), 1 / Math.Sqrt(shape.Hidden));
            book.Table.Add(subject, shape, "gradients", gradient);
            book.Table.Add(subject, shape, $"parameters after {adamSteps} Adam steps", parameters);
            Assert.True(
                gradient <= bounds.Gradient, $"{shape} {oracle.Model.Lengths} gradient of {tensor.Name}: {gradient:0.0e-0}");
            Assert.True(
                parameters <= bounds.Parameters,
                $"{shape} {oracle.Model.Lengths} {tensor.Name} after {adamSteps} steps: {parameters:0.0e-0}");
        }
    }

    /// <summary>The largest difference over the largest expected value; NaN stands where nothing is computed.</summary>
    private static double Error(double[] actual, double[] expected, double minScale = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        var compared = actual.Zip(expected).Where(pair => !double.IsNaN(pair.First)).ToList();
        var worst = compared.Select(pair => Math.Abs(pair.First - pair.Second)).DefaultIfEmpty(0).Max();
        return worst == 0 ? 0 : worst / Math.Max(minScale, compared.Max(pair => Math.Abs(pair.Second)));
    }
}
