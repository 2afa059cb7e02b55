using GpuLstm.Kernels.Devices;
using GpuLstm.Verification;

namespace GpuLstm.Tests.Verification;

/// <summary>
/// The devices of the tests that run kernels in this process, opened once each: an OpenCL driver takes a minute to compile all
/// kernels. A device is not thread-safe, so these tests are one collection, which runs one after the other.
/// </summary>
[CollectionDefinition(Tests)]
public sealed class DevicePool : ICollectionFixture<DevicePool>, IDisposable
{
    /// <summary>The name of the collection.</summary>
    public const string Tests = "tests on devices";

    private readonly Dictionary<AcceleratorKind, Verifier> verifiers = [];

    /// <summary>The verifier of an accelerator; the test is skipped where there is no such device.</summary>
    public Verifier this[AcceleratorKind accelerator]
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
