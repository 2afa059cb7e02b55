using GpuLstm.Tests.Model;
using GpuLstm.Tests.Verification;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("GpuLstm.Tests.LongestFirst", "GpuLstm.Tests")]

namespace GpuLstm.Tests;

/// <summary>
/// The tests on devices take longest one after the other, and those of ended trainings wait for other processes most of the time:
/// they begin first, and all others run beside them.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections
        .OrderBy(collection => collection.DisplayName != DevicePool.Tests)
        .ThenBy(collection => !collection.DisplayName.EndsWith(nameof(EndedTrainingTests), StringComparison.Ordinal));
}
