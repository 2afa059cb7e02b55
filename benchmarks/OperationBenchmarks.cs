using BenchmarkDotNet.Attributes;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Benchmarks;

/// <summary>
/// The parts of a training step, and the whole, on the reference, the CPU engine and every accelerator there is.
/// </summary>
public class OperationBenchmarks
{
    private IOperations operations = null!;

    /// <summary>Filled by BenchmarkDotNet.</summary>
    [ParamsSource(nameof(Settings))]
    public Setting Setting { get; set; } = null!;

    public static IEnumerable<Setting> Settings => Setting.All();

    [GlobalSetup]
    public void Setup()
    {
        var model = Setting.Model;
        var inputs = new Inputs(model);
        operations = Setting.Accelerator switch
        {
            null => new ReferenceOperations(model, inputs),
            AcceleratorKind.Cpu => new CpuOperations(model, inputs),
            AcceleratorKind.Cuda => new DeviceOperations(AcceleratorKind.Cuda, model, inputs),
            AcceleratorKind.OpenCL => new DeviceOperations(AcceleratorKind.OpenCL, model, inputs),
            _ => new DeviceOperations(AcceleratorKind.Simulator, model, inputs),
        };
        operations.GateTable(); // the sequence reads it
    }

    [GlobalCleanup]
    public void Cleanup() => operations.Dispose();

    [Benchmark]
    public void EmbeddingLookup() => operations.EmbeddingLookup();

    [Benchmark]
    public void GateTable() => operations.GateTable();

    [Benchmark]
    public void Gates() => operations.Gates();

    [Benchmark]
    public void SequenceForward() => operations.SequenceForward();

    [Benchmark]
    public void SequenceForwardBackward() => operations.SequenceForwardBackward();

    [Benchmark]
    public void Adam() => operations.Adam();

    [Benchmark]
    public void TrainingStep() => operations.TrainingStep();
}
