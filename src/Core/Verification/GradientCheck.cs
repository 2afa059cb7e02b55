using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Reference;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification;

/// <summary>One parameter tensor's gradient by backpropagation through time against finite differences.</summary>
/// <param name="Parameter">PyTorch's name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Checked">
/// Elements compared: those of which the differences do not move the largest of several hidden states, which
/// <see cref="Readout.Max"/> reads, to another step.
/// </param>
/// <param name="WorstAbsolute">The largest difference.</param>
/// <param name="WorstRelative">That over the tensor's largest finite difference.</param>
public sealed record GradientCheckResult(
    string Parameter, IReadOnlyList<int> Shape, int Checked, double WorstAbsolute, double WorstRelative)
{
    /// <summary>
    /// The largest relative difference allowed. Differences of the loss over steps of 1e-3 err by its rounding, 1e-16 / 1e-3,
    /// and by the step's fourth power, 1e-12; beside a gradient of 1e-4 that is 1e-8.
    /// </summary>
    public const double Bound = 1e-6;

    // A tensor whose whole gradient has vanished has no digits left to compare.
    private const double Vanished = 1e-11;

    /// <summary>True when the bound holds.</summary>
    public bool Passed => Checked > 0 && (WorstRelative <= Bound || WorstAbsolute <= Vanished);
}

/// <summary>The gradient check: the reference network's BPTT in double against central differences of its loss.</summary>
public static class GradientCheck
{
    private const double Step = 1e-3;

    // Where a maximum has a kink in between. The loss's rounding makes 1e-16 / 1e-4 of it, which has still vanished.
    private const double SmallStep = 1e-4;

    /// <summary>The most elements of a tensor that are checked; of a larger one, so many drawn at random.</summary>
    public const int MaxElements = 200;

    /// <summary>Checks a model with random parameters on a random batch.</summary>
    /// <param name="options">Its shape; small, for every element costs four forward passes.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="seed">Draws parameters and batch.</param>
    /// <param name="cancellation">Looked at between elements.</param>
    /// <param name="dropout">What is dropped; null: nothing.</param>
    /// <returns>A result for each tensor, as it is done.</returns>
    public static IEnumerable<GradientCheckResult> Run(
        ModelOptions options, int rows, int seed, CancellationToken cancellation, DropoutStep? dropout = null)
    {
        var random = new Random(seed);
        var layout = new ParameterLayout(options);
        var parameters = new double[layout.Length];
        for (var n = 0; n < parameters.Length; n++)
            parameters[n] = 2 * random.NextDouble() - 1;
        var batch = RandomBatches.Create(options, rows, random);
        var classifier = Classifier(options, parameters, dropout);
        var forward = classifier.Forward(batch);
        var (gradient, maxSteps) = (classifier.Backward(batch, forward), classifier.MaxSteps(forward));
        foreach (var tensor in layout.Tensors)
        {
            var elements = Enumerable.Range(tensor.Offset, tensor.Length).ToArray();
            random.Shuffle(elements);
            var (worst, largest, compared) = (0.0, 0.0, 0);
            foreach (var element in elements.Take(MaxElements))
            {
                cancellation.ThrowIfCancellationRequested();
                var difference = CentralDifference(options, parameters, dropout, batch, element, maxSteps, Step)
                    ?? CentralDifference(options, parameters, dropout, batch, element, maxSteps, SmallStep);
                if (difference is not { } numeric)
                    continue;
                compared++;
                worst = Math.Max(worst, Math.Abs(gradient[element] - numeric));
                largest = Math.Max(largest, Math.Abs(numeric));
            }

            yield return new GradientCheckResult(
                tensor.Name, tensor.Shape, compared, worst, worst == 0 ? 0 : worst / largest);
        }
    }

    // Richardson's extrapolation of two central differences: the error falls with the fourth power of the step. Null where the
    // loss has a kink between.
    private static double? CentralDifference(
        ModelOptions options, double[] parameters, DropoutStep? dropout, TokenBatch batch, int element, int[] maxSteps,
        double size)
    {
        var isSmooth = true;
        var slope = (4 * Slope(size / 2) - Slope(size)) / 3;
        return isSmooth ? slope : null;

        double Slope(double step) => (LossAt(step) - LossAt(-step)) / (2 * step);

        double LossAt(double offset)
        {
            var shifted = (double[])parameters.Clone();
            shifted[element] += offset;
            var classifier = Classifier(options, shifted, dropout);
            var forward = classifier.Forward(batch);
            isSmooth &= classifier.HasMaximaAt(forward, maxSteps);
            return forward.Loss;
        }
    }

    private static ReferenceClassifier Classifier(ModelOptions options, double[] parameters, DropoutStep? dropout) =>
        new(options, parameters, optimizer: null, dropout);
}
