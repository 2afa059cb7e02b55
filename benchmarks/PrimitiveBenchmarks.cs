using BenchmarkDotNet.Attributes;
using GpuLstm.Engines.Cpu;

namespace GpuLstm.Benchmarks;

/// <summary>What the CPU engine is built of, on one thread: the product of a step, and the gates' functions.</summary>
public unsafe class PrimitiveBenchmarks
{
    /// <summary>Floats that a function is applied to.</summary>
    public const int Elements = 4096;

    private const int Rows = 32;
    private readonly PinnedBuffer input = new(Elements);
    private readonly PinnedBuffer output = new(Elements);
    private readonly PinnedBuffer hidden = new(Rows * 256);
    private readonly PinnedBuffer weights = new(256 * 1024);
    private readonly PinnedBuffer gates = new(Rows * 1024);

    /// <summary>Floating-point operations of the recurrent product of one step, 2 B 4H H.</summary>
    public static double Operations(int hiddenSize) => 2.0 * Rows * 4 * hiddenSize * hiddenSize;

    [GlobalSetup]
    public void Setup()
    {
        for (var n = 0; n < Elements; n++)
            input.Pointer[n] = (n - Elements / 2) * 0.005f;
    }

    [Benchmark]
    public void Gemm16() => Product(16);

    [Benchmark]
    public void Gemm64() => Product(64);

    [Benchmark]
    public void Gemm256() => Product(256);

    [Benchmark]
    public void Exp()
    {
        for (var n = 0; n < Elements; n += Lanes8.Count)
            Lanes8.Store(VectorMath<Lanes8>.Exp(Lanes8.Load(input.Pointer + n)), output.Pointer + n);
    }

    [Benchmark]
    public void Sigmoid()
    {
        for (var n = 0; n < Elements; n += Lanes8.Count)
            Lanes8.Store(VectorMath<Lanes8>.Sigmoid(Lanes8.Load(input.Pointer + n)), output.Pointer + n);
    }

    [Benchmark]
    public void Tanh()
    {
        for (var n = 0; n < Elements; n += Lanes8.Count)
            Lanes8.Store(VectorMath<Lanes8>.Tanh(Lanes8.Load(input.Pointer + n)), output.Pointer + n);
    }

    private void Product(int hiddenSize) => Gemm<Lanes8>.Add(
        hidden.Pointer, hiddenSize, 1, weights.Pointer, gates.Pointer, 4 * hiddenSize, Rows, hiddenSize, 4 * hiddenSize);
}
