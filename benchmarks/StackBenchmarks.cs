using BenchmarkDotNet.Attributes;

namespace GpuLstm.Benchmarks;

/// <summary>
/// A training step of two layers in two directions on the CPU engine, and each layer's operations alone, forward and back, at the
/// shape of its input: what the whole costs beyond its parts. Batch 32, 200 steps, H 64.
/// </summary>
public class StackBenchmarks
{
    private IStackParts parts = null!;

    [GlobalSetup]
    public void Setup() => parts = StackParts.Create();

    [GlobalCleanup]
    public void Cleanup() => parts.Dispose();

    [Benchmark]
    public void Whole() => parts.Whole();

    [Benchmark]
    public void FirstLayer() => parts.FirstLayer();

    [Benchmark]
    public void DenseGatesOfSecond() => parts.DenseGates();

    [Benchmark]
    public void SequencesOfSecond() => parts.Sequences();

    [Benchmark]
    public void Adam() => parts.Adam();
}
