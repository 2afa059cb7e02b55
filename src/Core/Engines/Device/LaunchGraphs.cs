using GpuLstm.Kernels.Devices;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Long runs of launches that come again and again with the same arguments: queued one by one at first, recorded the second time,
/// and from then on queued as a whole. Where a device has no graphs, or its driver once failed to make one, they are queued one
/// by one for good, and so are runs for which there is no room any more.
/// </summary>
/// <typeparam name="TKey">What tells one run from another.</typeparam>
internal sealed class LaunchGraphs<TKey>(ComputeDevice device) : IDisposable
    where TKey : notnull
{
    private const int MaxLaunches = 1 << 16; // of all runs together, so that they take tens of megabytes at most

    private readonly Dictionary<TKey, LaunchGraph?> graphs = []; // null: seen once
    private int launchesKept;
    private bool failed;

    /// <summary>How many runs were recorded.</summary>
    public int Recorded => graphs.Values.Count(graph => graph is not null);

    /// <summary>Queues a run that was recorded.</summary>
    /// <returns>False where it was not.</returns>
    public bool TryLaunch(TKey key)
    {
        if (device.Profile is not null || graphs.GetValueOrDefault(key) is not { } graph)
            return false;
        device.Launch(graph);
        return true;
    }

    /// <summary>Queues a run that was not recorded yet, and records it if it has come before.</summary>
    /// <param name="key">Which it is.</param>
    /// <param name="count">How many launches it has.</param>
    /// <param name="launches">The run.</param>
    public void Launch(TKey key, int count, Action launches)
    {
        if (ComesAgain(key, count) && Record(launches) is { } graph)
        {
            launchesKept += count;
            graphs[key] = graph;
            device.Launch(graph);
        }
        else
        {
            launches();
        }
    }

    public void Dispose()
    {
        foreach (var graph in graphs.Values)
            graph?.Dispose();
        graphs.Clear();
    }

    // A profile needs every launch by itself.
    private bool ComesAgain(TKey key, int count) =>
        device.Profile is null && !failed && launchesKept + count <= MaxLaunches && !graphs.TryAdd(key, null);

    private LaunchGraph? Record(Action launches)
    {
        var graph = device.Record(launches);
        failed = graph is null;
        return graph;
    }
}
