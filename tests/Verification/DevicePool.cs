using GpuLstm.Engines;
using GpuLstm.Verification;

namespace GpuLstm.Tests.Verification;

/// <summary>The devices that a test class verifies, opened once each: an OpenCL driver may take seconds to compile the kernels.</summary>
public sealed class DevicePool : IDisposable
{
    private readonly Dictionary<AcceleratorChoice, Verifier> verifiers = [];

    /// <summary>The verifier of an accelerator; the test is skipped where there is no such device.</summary>
    public Verifier this[AcceleratorChoice accelerator]
    {
        get
        {
            TestDevices.SkipIfAbsent(accelerator);
            if (!verifiers.TryGetValue(accelerator, out var verifier))
                verifiers.Add(accelerator, verifier = new Verifier(accelerator));
            return verifier;
        }
    }

    public void Dispose()
    {
        foreach (var verifier in verifiers.Values)
            verifier.Dispose();
    }
}
