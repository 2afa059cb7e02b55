using GpuLstm.Kernels.Devices;

namespace GpuLstm.Engines;

/// <summary>
/// Long runs of launches that come again and again with the same arguments: queued one by one at first, recorded the second time, and from
/// then on queued as a whole. Where a device has no graphs they are always queued one by one.
/// </summary>
/// <typeparam name="TKey">What tells one run from another.</typeparam>
internal sealed class LaunchGraphs<TKey>(ComputeDevice device) : IDisposable
    where TKey : notnull
{
    // A driver keeps about a kilobyte for each launch.
    private const int MostLaunches = 1 << 15;

    private readonly Dictionary<TKey, LaunchGraph?> graphs = []; // null: seen once
    private int launchesKept;

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
        if (device.Profile is null && launchesKept + count <= MostLaunches && !graphs.TryAdd(key, null) && device.Record(launches) is { } graph)
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
}
