using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.TensorCores;

/// <summary>
/// Four inputs of one row or column, made ready for the tensor cores, as one thread has them. In a product over sixteen inputs
/// the thread with t = lane % 4 has number t of the quads. Which inputs these are does not matter, as long as rows and columns
/// agree.
/// </summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
internal interface IOperandQuad<TSelf>
    where TSelf : unmanaged, IOperandQuad<TSelf>
{
    /// <summary>What it is called in the names of kernel variants.</summary>
    string Name { get; }

    /// <summary>To what it rounds.</summary>
    Precision Precision { get; }

    /// <summary>Floats of an array that a quad takes.</summary>
    int Length { get; }

    /// <summary>Four values made ready; of no instance in particular, like the next three.</summary>
    TSelf Of(Quad values);

    /// <summary>Reads a quad of an array that <see cref="Store"/> and <see cref="StoreOne"/> wrote.</summary>
    TSelf Load(ArrayView<float> array, int quad);

    /// <summary>Writes four values into an array of quads.</summary>
    void Store(ArrayView<float> array, int quad, Quad values);

    /// <summary>
    /// Writes one value into an array of quads; <paramref name="element"/> is 4 times the quad's number, and the value's place in
    /// it.
    /// </summary>
    void StoreOne(ArrayView<float> array, int element, float value);

    /// <summary>Adds a product [16, 16] · [16, 8]; this is the thread's part of column g = lane / 4.</summary>
    /// <param name="sum">Of rows g and g + 8: their columns 2t and 2t + 1.</param>
    /// <param name="upper">The thread's part of row g.</param>
    /// <param name="lower">The thread's part of row g + 8.</param>
    void MultiplyAdd(ref Quad sum, TSelf upper, TSelf lower);
}

/// <summary>Rounded to tf32: two products over eight inputs.</summary>
internal struct Tf32Quad : IOperandQuad<Tf32Quad>
{
    public int X;
    public int Y;
    public int Z;
    public int W;

    public readonly string Name => "Tf32";

    public readonly Precision Precision => Precision.Tf32;

    public readonly int Length => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Tf32Quad Of(Quad values) => new()
    {
        X = TensorCore.RoundToTf32(values.X),
        Y = TensorCore.RoundToTf32(values.Y),
        Z = TensorCore.RoundToTf32(values.Z),
        W = TensorCore.RoundToTf32(values.W),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Tf32Quad Load(ArrayView<float> array, int quad) => array.Cast<Tf32Quad>()[quad];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> array, int quad, Quad values) => array.Cast<Tf32Quad>()[quad] = Of(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreOne(ArrayView<float> array, int element, float value) =>
        array.Cast<int>()[element] = TensorCore.RoundToTf32(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyAdd(ref Quad sum, Tf32Quad upper, Tf32Quad lower)
    {
        sum = TensorCore.MultiplyTf32(sum, upper.X, lower.X, upper.Y, lower.Y, X, Y);
        sum = TensorCore.MultiplyTf32(sum, upper.Z, lower.Z, upper.W, lower.W, Z, W);
    }
}

/// <summary>Rounded to bfloat16, two in an integer: one product over sixteen inputs.</summary>
internal struct BFloat16Quad : IOperandQuad<BFloat16Quad>
{
    public int XY;
    public int ZW;

    public readonly string Name => "BFloat16";

    public readonly Precision Precision => Precision.BFloat16;

    public readonly int Length => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly BFloat16Quad Of(Quad values) => new()
    {
        XY = TensorCore.RoundToBFloat16(values.Y, values.X),
        ZW = TensorCore.RoundToBFloat16(values.W, values.Z),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly BFloat16Quad Load(ArrayView<float> array, int quad) => array.Cast<BFloat16Quad>()[quad];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> array, int quad, Quad values) => array.Cast<BFloat16Quad>()[quad] = Of(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreOne(ArrayView<float> array, int element, float value) =>
        array.Cast<short>()[element] = (short)TensorCore.RoundToBFloat16(0f, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyAdd(ref Quad sum, BFloat16Quad upper, BFloat16Quad lower) =>
        sum = TensorCore.MultiplyBFloat16(sum, upper.XY, lower.XY, upper.ZW, lower.ZW, XY, ZW);
}

/// <summary>
/// Float32 as the sum of two tf32, which have 22 of its 24 bits: the product of two such is that of float32 but for 2^-21 of
/// itself at most. In a sum of many that is no more than what its own rounding takes. As tensor cores do not round their sums to
/// nearest, these are of sixteen inputs only, and added up outside (Ootomo and Yokota 2022). The lower part of a value below
/// 2^-114 is lost, and an infinite value becomes NaN.
/// </summary>
internal struct SplitQuad : IOperandQuad<SplitQuad>
{
    public Tf32Quad High;
    public Tf32Quad Low;

    public readonly string Name => "Split";

    public readonly Precision Precision => Precision.Full;

    public readonly int Length => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly SplitQuad Of(Quad values)
    {
        var high = default(Tf32Quad).Of(values);
        return new SplitQuad
        {
            High = high,
            Low = default(Tf32Quad).Of(new Quad
            {
                X = values.X - Interop.IntAsFloat((uint)high.X),
                Y = values.Y - Interop.IntAsFloat((uint)high.Y),
                Z = values.Z - Interop.IntAsFloat((uint)high.Z),
                W = values.W - Interop.IntAsFloat((uint)high.W),
            }),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly SplitQuad Load(ArrayView<float> array, int quad) => Of(array.Cast<Quad>()[quad]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> array, int quad, Quad values) => array.Cast<Quad>()[quad] = values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreOne(ArrayView<float> array, int element, float value) => array[element] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyAdd(ref Quad sum, SplitQuad upper, SplitQuad lower)
    {
        Quad product = default;
        Low.MultiplyAdd(ref product, upper.High, lower.High);
        High.MultiplyAdd(ref product, upper.Low, lower.Low);
        High.MultiplyAdd(ref product, upper.High, lower.High);
        sum.Add(product);
    }
}
