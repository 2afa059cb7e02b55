using GpuLstm.Data;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification.Comparison;
using TorchSharp;

namespace GpuLstm.Tests.Libtorch;

/// <summary>What libtorch says of a shape: random parameters and batches, and what becomes of them.</summary>
/// <param name="Model">The model.</param>
/// <param name="Start">Parameters that float32 holds exactly, so that all see the same.</param>
/// <param name="Batches">The first is differentiated; ten more are trained on.</param>
/// <param name="Result">Forward and gradient of the first batch, in float64.</param>
/// <param name="Trained">Parameters after ten Adam steps with ε = 1e-8, in float64.</param>
/// <param name="TrainedDamped">The same with <see cref="Damped"/>.</param>
/// <param name="TrainedBriefly">After three steps with <see cref="Damped"/>, for devices that may take seconds for each.</param>
public sealed record Oracle(
    ModelOptions Model, double[] Start, IReadOnlyList<TokenBatch> Batches, LibtorchResult Result, double[] Trained,
    double[] TrainedDamped,
    double[] TrainedBriefly)
{
    /// <summary>Adam's steps.</summary>
    public const int AdamSteps = 10;

    /// <summary>Those of <see cref="TrainedBriefly"/>.</summary>
    public const int FewAdamSteps = 3;

    /// <summary>
    /// Adam for float32: with the usual ε = 1e-8 a gradient that is all rounding error moves its parameter by the full
    /// learning rate, in libtorch as here. With this ε the error of a step is at most that of the gradient.
    /// </summary>
    public static OptimizerOptions Damped { get; } =
        new() { Values = HyperparameterValues.None.With("epsilon", 1e-3) };

    /// <summary>The batches of the Adam steps.</summary>
    public IEnumerable<TokenBatch> TrainingBatches => Batches.Skip(1);

    /// <summary>Adam's steps on an engine: fewer where kernels run, whose devices may be interpreted.</summary>
    public static int AdamStepsOn(AcceleratorKind accelerator) => accelerator == AcceleratorKind.Cpu ? AdamSteps : FewAdamSteps;

    /// <summary>Draws a shape's inputs and asks libtorch.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="random">Draws.</param>
    /// <param name="remembers">
    /// With a <see cref="LongMemory"/>: with PyTorch's initial values nothing is left of a gradient after some thirty steps.
    /// </param>
    public static Oracle Ask(OracleShape shape, Random random, bool remembers = false)
    {
        var model = shape.Model(random.Next(2) == 0 ? TextLengths.Padded : TextLengths.Real);
        var start = Array.ConvertAll(
            ParameterInitializer.Create(model, new NumpyRandom((uint)random.Next())), value => (double)value);
        if (remembers)
            LongMemory.Give(new ParameterLayout(model), shape.Hidden, start);
        var batches = Enumerable.Range(0, 1 + AdamSteps).Select(_ => RandomBatches.Create(model, shape.Batch, random)).ToList();
        if (IsAtKink(model, start, batches))
            return Ask(shape, random, remembers);
        using var classifier = new LibtorchClassifier(model, start, torch.ScalarType.Float64);
        var result = classifier.Differentiate(batches[0]);
        return new Oracle(
            model, start, batches, result,
            LibtorchClassifier.Train(model, start, torch.ScalarType.Float64, batches.Skip(1), new OptimizerOptions()),
            LibtorchClassifier.Train(model, start, torch.ScalarType.Float64, batches.Skip(1), Damped),
            LibtorchClassifier.Train(model, start, torch.ScalarType.Float64, batches.Skip(1).Take(FewAdamSteps), Damped));
    }

    // Of two steps that nearly tie for the largest hidden state, rounding decides which one the gradient goes to. Then parameters
    // that are moved by little more than what float32 rounds in ten steps change by other amounts.
    private static bool IsAtKink(ModelOptions model, double[] start, List<TokenBatch> batches)
    {
        const double Moved = 1e-5, NearlySame = 2e-6;
        if (model.Readout is not (Readout.Max or Readout.MeanMax))
            return false;
        return new[] { Moved, -Moved }.Any(
            part => ChangesOf(start).Zip(ChangesOf([.. start.Select(MovedBy(part))]), (one, other) => Math.Abs(one - other)).Max()
                > NearlySame);

        static Func<double, int, double> MovedBy(double part) => (value, n) => value * (n % 2 == 0 ? 1 + part : 1 - part);

        IEnumerable<double> ChangesOf(double[] from) =>
            LibtorchClassifier.Train(model, from, torch.ScalarType.Float64, batches.Skip(1), Damped)
                .Zip(from, (end, begin) => end - begin);
    }
}
