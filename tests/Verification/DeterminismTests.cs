using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

[Collection(DevicePool.Tests)]
public sealed class DeterminismTests(DevicePool devices, ITestOutputHelper output)
{
    public static TheoryData<AcceleratorKind> Accelerators => [.. TestDevices.All];

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void An_epoch_gives_the_same_bits_again(AcceleratorKind accelerator)
    {
        TestSet.SkipIfLong(accelerator != AcceleratorKind.Cpu); // 160 steps
        var seed = TestRandom.Create(output).Next();
        var results = accelerator == AcceleratorKind.Cpu
            ? DeterminismCheck.Run(accelerator, seed, CancellationToken.None)
            : DeterminismCheck.RunOn(devices[accelerator], accelerator, seed, CancellationToken.None);
        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.Null(result.FirstDivergence));
    }

    [Fact]
    public void The_first_divergence_is_named()
    {
        var model = new ModelOptions(5, 2, 3, 4, TextLengths.Real);
        var limits = new EngineLimits(4, 4);
        using var honest = new CpuEngine(model, new OptimizerOptions(), limits);
        using var deviating = new DeviatingEngine(
            new CpuEngine(model, new OptimizerOptions(), limits), fromStep: 3, element: 5 * 2 + 1);
        var divergence = DeterminismCheck.FirstDivergence(model, 4, honest, deviating, seed: 1, CancellationToken.None);
        Assert.StartsWith("step 3, lstm.weight_ih_l0[1]: ", divergence, StringComparison.Ordinal);
    }

    /// <summary>Changes the last bit of one parameter from some step on.</summary>
    private sealed class DeviatingEngine(ITrainingEngine inner, int fromStep, int element) : ITrainingEngine
    {
        private int step;

        public string Accelerator => inner.Accelerator;

        public string Device => inner.Device;

        public string Arithmetic => inner.Arithmetic;

        public ParameterLayout Layout => inner.Layout;

        public void SetParameters(ReadOnlySpan<float> parameters) => inner.SetParameters(parameters);

        public void GetParameters(Span<float> parameters)
        {
            inner.GetParameters(parameters);
            if (step >= fromStep)
                parameters[element] = MathF.BitIncrement(parameters[element]);
        }

        public IEngineBatches Load(TokenMatrix rows, int batchSize) => inner.Load(rows, batchSize);

        public EngineState GetState() => inner.GetState();

        public void SetState(EngineState state) => inner.SetState(state);

        public void TrainStep(IEngineBatches batches, int index, double rateFactor = 1)
        {
            step++;
            inner.TrainStep(batches, index, rateFactor);
        }

        public BatchTotals ReadTrainingTotals() => inner.ReadTrainingTotals();

        public BatchTotals TakeTrainingTotals() => inner.TakeTrainingTotals();

        public BatchTotals ComputeGradient(IEngineBatches batches, int index, Span<float> gradient) =>
            inner.ComputeGradient(batches, index, gradient);

        public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation) =>
            inner.Evaluate(batches, logits, cancellation);

        public void Dispose() => inner.Dispose();
    }
}
