using GpuLstm.Tests.Verification;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("GpuLstm.Tests.DevicesFirst", "GpuLstm.Tests")]

namespace GpuLstm.Tests;

/// <summary>The tests on devices take longest one after the other, so they begin first, and all others run beside them.</summary>
public sealed class DevicesFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.DisplayName != DevicePool.Tests);
}
