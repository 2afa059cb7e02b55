using GpuLstm.Engines;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Verification;

/// <summary>Holds every kernel and the whole model to the reference, on one device.</summary>
public static class Verifier
{
    private const int Rounds = 4;

    /// <summary>Every accelerator of this machine that can be verified.</summary>
    public static IReadOnlyList<AcceleratorChoice> Available() =>
        [AcceleratorChoice.Cpu, .. DeviceCatalog.List().Select(device => Choice(device.Kind)).Distinct()];

    /// <summary>
    /// Runs each case <see cref="Rounds"/> times at fresh random shapes; one result for each tensor compared. The CPU
    /// engine has no kernels, so its cases are those of the whole model.
    /// </summary>
    /// <param name="accelerator">Not <see cref="AcceleratorChoice.Auto"/>.</param>
    /// <param name="seed">Draws shapes and values: the same seed, the same cases.</param>
    /// <param name="cancellation">Looked at between cases.</param>
    /// <param name="onCase">Told after each case of <see cref="CaseCount"/>.</param>
    /// <exception cref="DeviceException">There is no such device, or it failed.</exception>
    public static IEnumerable<VerificationResult> Run(
        AcceleratorChoice accelerator, int seed, CancellationToken cancellation, Action? onCase = null)
    {
        var random = new Random(seed);
        if (accelerator != AcceleratorChoice.Cpu)
        {
            using var device = DeviceCatalog.Open(Kind(accelerator));
            foreach (var (_, run) in KernelCases.All)
            {
                for (var round = 0; round < Rounds; round++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var caseDevice = new CaseDevice(device, random);
                    run(caseDevice);
                    onCase?.Invoke();
                    foreach (var result in caseDevice.Results)
                        yield return result;
                }
            }
        }

        for (var round = 0; round < Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var results = ModelCases.Run(accelerator, random);
            onCase?.Invoke();
            foreach (var result in results)
                yield return result;
        }
    }

    /// <summary>How many cases <see cref="Run"/> has.</summary>
    public static int CaseCount(AcceleratorChoice accelerator) =>
        Rounds * (1 + (accelerator == AcceleratorChoice.Cpu ? 0 : KernelCases.All.Count));

    private static AcceleratorKind Kind(AcceleratorChoice choice) => choice switch
    {
        AcceleratorChoice.Cuda => AcceleratorKind.Cuda,
        AcceleratorChoice.OpenCL => AcceleratorKind.OpenCL,
        _ => AcceleratorKind.Simulator,
    };

    private static AcceleratorChoice Choice(AcceleratorKind kind) => kind switch
    {
        AcceleratorKind.Cuda => AcceleratorChoice.Cuda,
        AcceleratorKind.OpenCL => AcceleratorChoice.OpenCL,
        _ => AcceleratorChoice.Simulator,
    };
}
