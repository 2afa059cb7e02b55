using System.Collections.Concurrent;
using GpuLstm.Engines;
using GpuLstm.Verification;
using TorchSharp;

namespace GpuLstm.Tests.Libtorch;

/// <summary>What a run of the tests shares: the oracles, all drawn from one seed, the open devices, and the table of errors.</summary>
public sealed class OracleBook : IDisposable
{
    private readonly ConcurrentDictionary<OracleShape, Lazy<Oracle>> oracles = [];
    private readonly ConcurrentDictionary<AcceleratorChoice, Lazy<Verifier>> devices = [];

    public OracleBook()
    {
        torch.set_num_threads(1);
        Seed = TestRandom.Seed();
    }

    /// <summary>Repeats the run as <c>GPULSTM_SEED</c>.</summary>
    public int Seed { get; }

    /// <summary>Collects the errors.</summary>
    internal ErrorTable Table { get; } = new();

    /// <summary>The oracle of a shape, asked once.</summary>
    public Oracle this[OracleShape shape] => oracles.GetOrAdd(
        shape, key => new Lazy<Oracle>(() => Oracle.Ask(key, new Random(Seed + OracleShape.Table.ToList().IndexOf(key))))).Value;

    /// <summary>An accelerator, opened once.</summary>
    public Verifier Device(AcceleratorChoice accelerator) =>
        devices.GetOrAdd(accelerator, key => new Lazy<Verifier>(() => new Verifier(key))).Value;

    public void Dispose()
    {
        foreach (var device in devices.Values)
            device.Value.Dispose();
        Table.WriteIfAsked();
    }
}
