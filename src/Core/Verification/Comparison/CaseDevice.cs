using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Verification.Comparison;

/// <summary>
/// What a case needs of a device: sizes and values drawn at random, inputs that no kernel may change, outputs poisoned with
/// NaN so that an unwritten element is seen, guard cells around everything, and comparisons. Values are drawn as
/// floats, so that the reference in double sees the same numbers.
/// </summary>
internal sealed class CaseDevice(ComputeDevice device, OperationCase operationCase, CaseScale scale, Random random) : IDisposable
{
    private const int LargestInteger = 3;
    private const double SaturatingValue = 100;
    private const int MinInWideTiles = 177;
    private const int MaxInWideTiles = 192;
    private const double SmallestNormal = 1.17549435e-38;
    private readonly List<IGuardedBuffer> buffers = [];
    private readonly List<VerificationResult> results = [];

    /// <summary>The device itself, for launchers.</summary>
    public ComputeDevice Device => device;

    /// <summary>The case's random numbers.</summary>
    public Random Random => random;

    /// <summary>The kind of values.</summary>
    public CaseData Data => operationCase.Data;

    /// <summary>An operation's name, with its precision where it is not exact, which has bounds of its own.</summary>
    public static string Named(string operation, Precision precision) =>
        precision == Precision.Full ? operation : $"{operation}, {PrecisionNames.Of(precision)}";

    /// <summary>The bound of sums of products: exact for whole numbers.</summary>
    public double SumBound => SumBoundOf(1);

    /// <summary>The bound of sums of so many products.</summary>
    public double SumBoundOf(int terms) => Data == CaseData.Integers ? 0 : Bounds.SumsOf(terms);

    /// <summary>The bound of what comes of incoming gradients: where those are 0, so is everything, exactly.</summary>
    public double GradientBound(double bound) => Data == CaseData.ZeroGradients ? 0 : bound;

    /// <summary>Whether a memory checker interprets every instruction.</summary>
    public bool IsInterpreted => scale == CaseScale.Tiny;

    /// <summary>Whether the case has the sizes that users run.</summary>
    public bool IsReal => operationCase.Size == CaseSize.Real;

    // The most hidden units of each kernel of LstmSequence that a case takes.
    private int[] MaxUnits => scale switch
    {
        CaseScale.Full => [1, .. TileShape.All.Select(shape => shape.Units), 200],
        CaseScale.Small => [1, 4, 8],
        _ => [1, 4, 8, 16, 70],
    };

    /// <summary>A size: 1, or one from 1 to <paramref name="most"/>; below full scale fewer.</summary>
    public int Size(int most) => operationCase.Size == CaseSize.Smallest ? 1 : random.Next(1, 1 + Scaled(most));

    /// <summary>The same, and in a case of real sizes <paramref name="real"/>; below full scale fewer.</summary>
    public int Size(int most, int real) => IsReal ? Math.Min(real, Scaled(real)) : Size(most);

    /// <summary>A size from half of <paramref name="most"/> to all of it at full scale, fewer below it.</summary>
    public int LargeSize(int most) =>
        scale == CaseScale.Full && operationCase.Size == CaseSize.Random ? random.Next(most / 2, most + 1) : Size(most);

    /// <summary>A hidden size, of any kernel of <see cref="LstmSequence"/> with the same probability.</summary>
    public int HiddenSize()
    {
        if (operationCase.Size == CaseSize.Smallest)
            return 1;
        return HiddenSize(random.Next(MaxUnits.Length));
    }

    /// <summary>
    /// Hidden sizes for many steps: one of each of its kernels, of those for more than 128 units one that fills wide tiles; below
    /// full scale up to eight units.
    /// </summary>
    public IEnumerable<int> HiddenSizesForManySteps() => scale == CaseScale.Full
        ? [.. Enumerable.Range(0, MaxUnits.Length - 1).Select(HiddenSize), random.Next(MinInWideTiles, MaxInWideTiles + 1)]
        : Enumerable.Range(0, MaxUnits.Length).Select(HiddenSize).Where(units => units <= 8);

    /// <summary>Random whole numbers from 0 to below <paramref name="below"/>.</summary>
    public int[] Indices(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => random.Next(below))];

    /// <summary>Values of the case's kind; <paramref name="range"/> is that of random ones.</summary>
    public double[] Values(int count, double range = 1) => Draw(count, Data switch
    {
        CaseData.Integers => () => random.Next(-LargestInteger, LargestInteger + 1),
        CaseData.Denormals => () => Symmetric() * SmallestNormal,
        CaseData.Saturated => () => random.Next(2) == 0 ? SaturatingValue : -SaturatingValue,
        _ => () => Symmetric() * range,
    });

    /// <summary>Gradients that come in from above: of the case's kind too, but never saturating.</summary>
    public double[] Gradients(int count, double range = 1) => Data switch
    {
        CaseData.ZeroGradients => new double[count],
        CaseData.Saturated => Uniform(count, range),
        _ => Values(count, range),
    };

    /// <summary>Uniform values in ± <paramref name="range"/>, whatever the case's kind.</summary>
    public double[] Uniform(int count, double range = 1) => Draw(count, () => Symmetric() * range);

    /// <summary>An input that no kernel may change.</summary>
    public ArrayView<float> Input(double[] values) => Add(ToFloats(values), readOnly: true).View;

    /// <summary>Indices that no kernel may change.</summary>
    public ArrayView<int> Input(int[] values) => Add(values, readOnly: true).View;

    /// <summary>Values that a kernel replaces.</summary>
    public GuardedBuffer<float> InPlace(double[] values) => Add(ToFloats(values), readOnly: false);

    /// <summary>An output of NaNs.</summary>
    public GuardedBuffer<float> Output(int count) => InPlace([.. Enumerable.Repeat(double.NaN, count)]);

    /// <summary>Indices that a kernel replaces.</summary>
    public GuardedBuffer<int> IndexInPlace(int[] values) => Add(values, readOnly: false);

    /// <summary>An output of indices, all -1.</summary>
    public GuardedBuffer<int> IndexOutput(int count) => IndexInPlace([.. Enumerable.Repeat(-1, count)]);

    /// <summary>
    /// Compares indices, which must all be right; -1 stands, as behind the expected ones, where nothing is written.
    /// </summary>
    public void Compare(string operation, string tensor, string shape, GuardedBuffer<int> actual, int[] expected)
    {
        var written = actual.Download();
        double[] wanted =
        [
            .. expected.Select(index => (double)index), .. Enumerable.Repeat(-1.0, written.Length - expected.Length),
        ];
        results.Add(VerificationResult.Compare(
            device.Info.Name, operation, tensor, $"{shape} {Data}", Array.ConvertAll(written, index => (float)index), wanted,
            bound: 0));
    }

    /// <summary>Compares what a kernel wrote with what it should be; NaN stands where nothing is written.</summary>
    /// <param name="operation">The operation, and forward or backward.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="shape">The case's sizes.</param>
    /// <param name="actual">What the device computed.</param>
    /// <param name="expected">What the reference computed.</param>
    /// <param name="bound">The largest error relative to the tensor's scale; 0 where every bit must be right.</param>
    /// <param name="termScale">The size of what the result is made of, where it is not near 1.</param>
    public void Compare(
        string operation, string tensor, string shape, GuardedBuffer<float> actual, double[] expected, double bound,
        double termScale = 1)
    {
        var minScale = Data == CaseData.Denormals ? 0 : termScale;
        if (Data == CaseData.Denormals && bound > 0)
            minScale = SmallestNormal / bound; // a device may flush denormals to 0

        results.Add(VerificationResult.Compare(
            device.Info.Name, operation, tensor, $"{shape} {Data}", actual.Download(), expected, bound, minScale));
    }

    /// <summary>What was compared, and at last whether guard cells and inputs are as they were.</summary>
    public IReadOnlyList<VerificationResult> Results()
    {
        var damage = buffers.Sum(buffer => buffer.CountDamage());
        return
        [
            .. results,
            new VerificationResult(
                device.Info.Name, operationCase.Operation, "guard cells, inputs", $"{Data}", damage,
                damage == 0 ? 0 : double.PositiveInfinity, 0),
        ];
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            buffer.Dispose();
        buffers.Clear();
    }

    private int HiddenSize(int kernel) => kernel == 0 ? 1 : random.Next(MaxUnits[kernel - 1] + 1, MaxUnits[kernel] + 1);

    private int Scaled(int size) => scale switch
    {
        CaseScale.Full => size,
        CaseScale.Small => Math.Max(7, size / 20),
        _ => Math.Min(4, size),
    };

    private double Symmetric() => 2 * random.NextDouble() - 1;

    private static double[] Draw(int count, Func<double> draw) =>
        [.. Enumerable.Range(0, count).Select(_ => (double)(float)draw())];

    private static float[] ToFloats(double[] values) => Array.ConvertAll(values, value => (float)value);

    private GuardedBuffer<T> Add<T>(T[] values, bool readOnly)
        where T : unmanaged
    {
        // A memory checker looks after the buffer's own ends; guard cells would hide a stray read from it.
        var buffer = new GuardedBuffer<T>(device, values, readOnly, IsInterpreted ? 0 : GuardedBuffer<T>.DefaultGuardBytes);
        buffers.Add(buffer);
        return buffer;
    }
}
