using GpuLstm.Tests.Cli;
using GpuLstm.Tests.Fuzzing;
using GpuLstm.Tests.Kernels;
using GpuLstm.Tests.Model;
using GpuLstm.Tests.Verification;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("GpuLstm.Tests.CollectionOrder", "GpuLstm.Tests")]

namespace GpuLstm.Tests;

/// <summary>
/// The tests on devices take longest one after the other and begin first. Beside them run those that wait most of the time, as
/// the simulator's threads want both cores; then the longest of the others.
/// </summary>
public sealed class CollectionOrder : ITestCollectionOrderer
{
    private static readonly string[] First =
    [
        DevicePool.Tests, nameof(ModelFuzzing), nameof(StopTests), nameof(EndedTrainingTests), nameof(MemoryCheckTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Place(collection.DisplayName));

    private static int Place(string collection)
    {
        var place = Array.FindIndex(First, name => collection.EndsWith(name, StringComparison.Ordinal));
        return place >= 0 ? place : First.Length;
    }
}
