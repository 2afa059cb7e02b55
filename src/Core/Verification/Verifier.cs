using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Verification.Comparison;
using GpuLstm.Verification.Models;

namespace GpuLstm.Verification;

/// <summary>
/// Holds every operation and the whole model to the reference, on one device that stays open from case to case. The CPU engine
/// has no kernels, so its cases are those of the whole model.
/// </summary>
public sealed class Verifier : IDisposable
{
    private const int Rounds = 4;
    private readonly ComputeDevice? device;
    private readonly CaseScale scale;
    private readonly int? threads;

    /// <param name="accelerator">Not <see cref="AcceleratorKind.Auto"/>.</param>
    /// <param name="threads">The threads of the CPU engine, see <see cref="EngineLimits.Threads"/>.</param>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public Verifier(AcceleratorKind accelerator, int? threads = null)
        : this(
            accelerator == AcceleratorKind.Cpu ? null : DeviceCatalog.Open(accelerator),
            accelerator == AcceleratorKind.Simulator ? CaseScale.Small : CaseScale.Full) => this.threads = threads;

    /// <param name="device">Owned by the verifier; null for the CPU engine.</param>
    /// <param name="scale">How large the random shapes are.</param>
    internal Verifier(ComputeDevice? device, CaseScale scale)
    {
        this.device = device;
        this.scale = scale;
    }

    /// <summary>How many cases <see cref="Run"/> has.</summary>
    public int CaseCount => Cases().Count();

    /// <summary>The operations that run here.</summary>
    internal IReadOnlyList<OperationCase> Operations => device is null ? [] : CaseTable.All;

    /// <summary>Every accelerator of this machine that can be verified.</summary>
    public static IReadOnlyList<AcceleratorKind> Available() =>
        [AcceleratorKind.Cpu, .. DeviceCatalog.List().Select(device => device.Kind).Distinct()];

    /// <summary>Runs every case several times, each time with fresh random shapes; one result for each tensor compared.</summary>
    /// <param name="seed">Draws shapes and values: the same seed, the same cases.</param>
    /// <param name="cancellation">Looked at between cases.</param>
    /// <param name="onCase">Told after each case of <see cref="CaseCount"/>.</param>
    /// <exception cref="DeviceException">The device failed.</exception>
    public IEnumerable<VerificationResult> Run(int seed, CancellationToken cancellation, Action? onCase = null)
    {
        var random = new Random(seed);
        foreach (var run in Cases())
        {
            cancellation.ThrowIfCancellationRequested();
            var results = run(random);
            onCase?.Invoke();
            foreach (var result in results)
                yield return result;
        }
    }

    public void Dispose() => device?.Dispose();

    /// <summary>Runs one row of the table of operations.</summary>
    internal IReadOnlyList<VerificationResult> RunOperation(OperationCase row, Random random)
    {
        using var caseDevice = new CaseDevice(device!, row, scale, random);
        row.Run(caseDevice);
        return caseDevice.Results();
    }

    /// <summary>Runs one row of the table of whole models.</summary>
    internal IReadOnlyList<VerificationResult> RunModel(ModelCaseRow row, Random random) =>
        [
            .. row.Draw(scale, random)
                .SelectMany(drawn => ModelCheck.Run(row.Name, drawn, new ModelEngines(CreateEngine, CreateForInference), random)),
        ];

    /// <summary>How often a row of the table of operations runs, with other sizes each time.</summary>
    internal static int RoundsOf(OperationCase row) => row.Size == CaseSize.Real ? 1 : Rounds;

    /// <summary>How often a row of the table of whole models runs, with other sizes each time.</summary>
    internal static int RoundsOf(ModelCaseRow row) => row.IsLong ? 1 : Rounds;

    /// <summary>An engine on this device, for a check of the caller's own.</summary>
    internal IInferenceEngine CreateForInference(ModelOptions options, EngineLimits limits) => device is null
        ? new CpuInference(options, limits with { Threads = threads })
        : EngineFactory.CreateForInferenceOn(device, options, limits);

    /// <summary>The same, for training.</summary>
    internal ITrainingEngine CreateEngine(ModelOptions options, OptimizerOptions optimizer, EngineLimits limits) =>
        device is null
            ? new CpuEngine(options, optimizer, limits with { Threads = threads })
            : EngineFactory.CreateOn(device, options, optimizer, limits);

    private IEnumerable<Func<Random, IReadOnlyList<VerificationResult>>> Cases()
    {
        var operations = Operations.SelectMany(
            row => Enumerable.Repeat<Func<Random, IReadOnlyList<VerificationResult>>>(
                random => RunOperation(row, random), RoundsOf(row)));
        var models = ModelCaseTable.All.SelectMany(
            row => Enumerable.Repeat<Func<Random, IReadOnlyList<VerificationResult>>>(
                random => RunModel(row, random), RoundsOf(row)));
        return operations.Concat(models);
    }
}
