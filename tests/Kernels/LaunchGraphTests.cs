using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.TestKernels;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Kernels;

/// <summary>Launches recorded as a CUDA graph.</summary>
public sealed class LaunchGraphTests
{
    private const float Untouched = -1;

    [SkippableFact]
    public void Recorded_launches_happen_when_the_graph_is_launched_and_each_time()
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.Cuda);
        using var device = DeviceCatalog.Open(AcceleratorKind.Cuda);
        using var table = device.Allocate<float>(3);
        using var tokens = device.Allocate<int>(4);
        using var output = device.Allocate<float>(4);
        table.View.CopyFromCPU(device.Stream, [5f, 6f, 7f]);
        tokens.View.CopyFromCPU(device.Stream, [2, 0, 1, 1]);
        Launch(); // loads the kernel
        Clear();

        using var graph = device.Record(Launch);
        Assert.NotNull(graph);
        Assert.Equal([Untouched, Untouched, Untouched, Untouched], Read());
        device.Launch(graph);
        Assert.Equal([7, 5, 6, 6], Read());
        tokens.View.CopyFromCPU(device.Stream, [0, 0, 2, 1]);
        device.Launch(graph);
        Assert.Equal([5, 5, 7, 6], Read());

        void Launch() =>
            EmbeddingLookup.Forward(
                device, new() { Table = table.View, Rows = tokens.View, Output = output.View, Positions = 4, Columns = 1 });

        void Clear() => output.View.CopyFromCPU(device.Stream, [Untouched, Untouched, Untouched, Untouched]);

        float[] Read()
        {
            var values = new float[4];
            output.View.CopyToCPU(device.Stream, values);
            device.Synchronize();
            return values;
        }
    }

    [Fact]
    public void Where_there_are_no_graphs_nothing_is_recorded()
    {
        using var device = DeviceCatalog.Open(AcceleratorKind.Simulator);
        Assert.Null(device.Record(() => Assert.Fail("launched")));
    }
}
