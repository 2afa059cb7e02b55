using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Benchmarks;

/// <summary>
/// What the CPU engine is built of, on one thread and the widest registers: the product of a step, and the gates' functions.
/// </summary>
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
    private Action<int> product = null!;
    private Action exp = null!;
    private Action sigmoid = null!;
    private Action tanh = null!;

    /// <summary>Floating-point operations of the recurrent product of one step, 2 B 4H H.</summary>
    public static double Operations(int hiddenSize) => 2.0 * Rows * 4 * hiddenSize * hiddenSize;

    [GlobalSetup]
    public void Setup()
    {
        for (var n = 0; n < Elements; n++)
            input.Pointer[n] = (n - Elements / 2) * 0.005f;
        (product, exp, sigmoid, tanh) = RegisterWidths.Best() switch
        {
            RegisterWidth.Sixteen => On<Lanes16>(),
            RegisterWidth.Eight => On<Lanes8>(),
            _ => On<Lanes4>(),
        };
    }

    [Benchmark]
    public void Gemm16() => product(16);

    [Benchmark]
    public void Gemm64() => product(64);

    [Benchmark]
    public void Gemm256() => product(256);

    [Benchmark]
    public void Exp() => exp();

    [Benchmark]
    public void Sigmoid() => sigmoid();

    [Benchmark]
    public void Tanh() => tanh();

    private (Action<int> Product, Action Exp, Action Sigmoid, Action Tanh) On<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes> => (Product<TLanes>, Exp<TLanes>, Sigmoid<TLanes>, Tanh<TLanes>);

    private void Product<TLanes>(int hiddenSize)
        where TLanes : unmanaged, ILanes<TLanes> => Gemm<TLanes>.Add(
            hidden.Pointer, hiddenSize, 1, weights.Pointer, gates.Pointer, 4 * hiddenSize, Rows, hiddenSize, 4 * hiddenSize);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Exp<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var n = 0; n < Elements; n += TLanes.Count)
            TLanes.Store(VectorMath<TLanes>.Exp(TLanes.Load(input.Pointer + n)), output.Pointer + n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sigmoid<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var n = 0; n < Elements; n += TLanes.Count)
            TLanes.Store(VectorMath<TLanes>.Sigmoid(TLanes.Load(input.Pointer + n)), output.Pointer + n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tanh<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var n = 0; n < Elements; n += TLanes.Count)
            TLanes.Store(VectorMath<TLanes>.Tanh(TLanes.Load(input.Pointer + n)), output.Pointer + n);
    }
}
