using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Verification;
using TorchSharp;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// What a run of the tests shares: the oracles, all drawn from one seed, the open devices, and the table of errors.
/// </summary>
public sealed class OracleBook : IDisposable
{
    private readonly ConcurrentDictionary<OracleShape, Lazy<Oracle>> oracles = [];
    private readonly ConcurrentDictionary<AcceleratorKind, Lazy<Verifier>> devices = [];

    /// <summary>Repeats the run as <c>GPULSTM_SEED</c>.</summary>
    public int Seed { get; } = TestRandom.Seed();

    /// <summary>Collects the errors.</summary>
    internal ErrorTable Table { get; } = new();

    /// <summary>The oracle of a shape, asked once; the test is skipped where libtorch is not to be had.</summary>
    public Oracle this[OracleShape shape]
    {
        get
        {
            SkipWithoutLibtorch();
            return oracles.GetOrAdd(shape, key => new Lazy<Oracle>(() => Ask(key))).Value;
        }
    }

    /// <summary>An accelerator, opened once.</summary>
    public Verifier Device(AcceleratorKind accelerator) =>
        devices.GetOrAdd(accelerator, key => new Lazy<Verifier>(() => new Verifier(key))).Value;

    public void Dispose()
    {
        foreach (var device in devices.Values)
            device.Value.Dispose();
        Table.WriteIfAsked();
    }

    /// <summary>An oracle whose gradients reach back to the first step.</summary>
    public Oracle AskOfLongMemory(OracleShape shape)
    {
        SkipWithoutLibtorch();
        return Oracle.Ask(shape, new Random(Seed), remembers: true);
    }

    /// <summary>Skips a test where libtorch is not to be had.</summary>
    internal static void SkipWithoutLibtorch() => TestDevices.SkipUnless(
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "libtorch",
        "its package is that for Linux on x64");

    private Oracle Ask(OracleShape shape)
    {
        torch.set_num_threads(1); // its threads spin, and the machine has other tests to run
        return Oracle.Ask(shape, new Random(Seed + OracleShape.Table.Concat(OracleShape.Stacks).ToList().IndexOf(shape)));
    }
}
