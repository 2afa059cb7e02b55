using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>
/// A context: once a kernel has failed in it, everything in it fails. Work is done when it is queued, so nothing is ever under
/// way.
/// </summary>
internal sealed class DriverContext
{
    /// <summary>What a kernel failed of.</summary>
    public DriverError Failure { get; set; }

    /// <summary>The stream that is there without being created, whose handle is 0.</summary>
    public DriverStream LegacyStream { get; } = new(isLegacy: true);

    /// <summary>Those that record instead of running.</summary>
    public HashSet<DriverStream> Capturing { get; } = [];

    public List<LoadedModule> Modules { get; } = [];
}

/// <summary>A loaded module: its kernels.</summary>
internal sealed class LoadedModule(IReadOnlyList<CompiledKernel> kernels) : IDisposable
{
    public IReadOnlyList<CompiledKernel> Kernels => kernels;

    public void Dispose()
    {
        foreach (var kernel in kernels)
            kernel.Dispose();
    }
}

/// <summary>A point in a stream.</summary>
internal sealed class DriverEvent
{
    /// <summary>When it was recorded last, in ticks of the stopwatch; null: never.</summary>
    public long? RecordedAt { get; set; }
}
