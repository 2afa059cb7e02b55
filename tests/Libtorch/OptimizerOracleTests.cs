using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Verification;
using TorchSharp;

namespace GpuLstm.Tests.Libtorch;

/// <summary>Some steps of every optimizer, from the same parameters on the same batches, against libtorch's own.</summary>
public sealed class OptimizerOracleTests(OracleBook book) : IClassFixture<OracleBook>
{
    private static readonly double[] ClassWeights = [0.5, 2, 1, 1.5];
    private static readonly OracleShape Small = new(Hidden: 5, Batch: 4, Steps: 7, Embedding: 3);
    private static readonly OracleShape OneUnit = new(Hidden: 1, Batch: 33, Steps: 7, Embedding: 3);
    private static readonly OracleShape FourClasses = new(Hidden: 9, Batch: 6, Steps: 5, Embedding: 2) { Classes = 4 };
    private static readonly OracleShape[] Shapes = [Small, OneUnit, FourClasses];

    /// <summary>
    /// What is compared: each rule, and a rule with all else that a step can do. The hyperparameters are such that each changes
    /// what comes out; Adam's ε is large, as in <see cref="Oracle.Damped"/>.
    /// </summary>
    private static IReadOnlyDictionary<string, OptimizerOptions> Options { get; } = new Dictionary<string, OptimizerOptions>
    {
        ["adam"] = Of("adam", ("epsilon", 1e-3), ("beta1", 0.7), ("beta2", 0.9)),
        ["adam, clipped"] = Of("adam", ("epsilon", 1e-3)) with { ClipNorm = 0.05 },
        ["adam, average"] = Of("adam", ("epsilon", 1e-3)) with { AverageDecay = 0.6 },
        ["weighted"] = Of("adam", ("epsilon", 1e-3)) with { ClassWeights = ClassWeights },
        ["weighted, smoothed"] = Of("adam", ("epsilon", 1e-3)) with { ClassWeights = ClassWeights, LabelSmoothing = 0.1 },
        ["adamw"] = Of("adamw", ("epsilon", 1e-3), ("weightDecay", 0.5)),
        ["sgd"] = Of("sgd", ("momentum", 0.7)),
    };

    public static TheoryData<string> Names => [.. Options.Keys];

    public static TheoryData<AcceleratorKind, string> Engines
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, string>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var name in Options.Keys)
                    cases.Add(accelerator, name);
            }

            return cases;
        }
    }

    /// <summary>Logits, loss and gradients of four classes; those of two are in <see cref="OracleTests"/>.</summary>
    [SkippableFact]
    public void Softmax_agrees()
    {
        var oracle = book[FourClasses];
        var expected = oracle.Result;
        var answers = new List<(Answer Answer, OracleBounds Bounds)>
        {
            (Subject.Reference(oracle, Options["adam"]), OracleBounds.Double),
        };
        foreach (var accelerator in Verifier.Available())
        {
            var answer = Subject.Engine(book.Device(accelerator), oracle, Options["adam"], adamSteps: 1);
            answers.Add((answer, OracleBounds.Single(FourClasses.Steps)));
        }

        foreach (var (answer, bounds) in answers)
        {
            Compare(expected.Logits, answer.Logits, bounds.Logits);
            Compare([expected.Loss], [answer.Loss], bounds.Loss);
            Compare(expected.Gradient, answer.Gradient, bounds.Gradient);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void The_reference_agrees(string name)
    {
        foreach (var shape in Shapes)
        {
            var oracle = book[shape];
            var expected = Expected(oracle, name, Oracle.AdamSteps);
            var actual = Subject.Reference(oracle, OptionsFor(name, oracle)).Parameters;
            Compare(expected, actual, OracleBounds.Double.Parameters);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Engines))]
    public void Engines_agree(AcceleratorKind accelerator, string name)
    {
        TestDevices.SkipIfAbsent(accelerator);
        foreach (var shape in Shapes)
        {
            var oracle = book[shape];
            var steps = Oracle.AdamStepsOn(accelerator);
            var actual = Subject.Engine(book.Device(accelerator), oracle, OptionsFor(name, oracle), steps).Parameters;
            Compare(Expected(oracle, name, steps), actual, OracleBounds.Single(shape.Steps).Parameters);
        }
    }

    /// <summary>Every rule is in the table, so that a new one cannot be forgotten.</summary>
    [Fact]
    public void No_rule_is_left_out() => Assert.All(
        Optimizer.All, rule => Assert.Contains(Options.Values, options => options.Rule == rule));

    private static double[] Expected(Oracle oracle, string name, int steps) => LibtorchClassifier.Train(
        oracle.Model, oracle.Start, torch.ScalarType.Float64, oracle.TrainingBatches.Take(steps), OptionsFor(name, oracle));

    private static OptimizerOptions OptionsFor(string name, Oracle oracle)
    {
        var options = Options[name];
        return options.ClassWeights is null ? options : options with { ClassWeights = ClassWeights[..oracle.Model.Classes] };
    }

    private static void Compare(double[] expected, double[] actual, double bound)
    {
        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second) / scale, 0, bound));
    }

    private static OptimizerOptions Of(string rule, params (string Name, double Value)[] values) => new()
    {
        Rule = Optimizer.Named(rule)!,
        LearningRate = 0.01,
        Values = values.Aggregate(HyperparameterValues.None, (all, value) => all.With(value.Name, value.Value)),
    };
}
