using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>Eight floats: AVX2 with FMA.</summary>
internal readonly unsafe struct Lanes8(Vector256<float> value) : ILanes<Lanes8>
{
    private readonly Vector256<float> value = value;

    /// <summary>The register itself.</summary>
    public Vector256<float> Value => value;

    public static int Count => 8;

    public static Lanes8 Zero => new(Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 operator +(Lanes8 left, Lanes8 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 operator -(Lanes8 left, Lanes8 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 operator *(Lanes8 left, Lanes8 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 operator /(Lanes8 left, Lanes8 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes8 value, float* target) => value.value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 MultiplyAdd(Lanes8 left, Lanes8 right, Lanes8 addend) =>
        new(Fma.MultiplyAdd(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 NegativeMultiplyAdd(Lanes8 left, Lanes8 right, Lanes8 addend) =>
        new(Fma.MultiplyAddNegated(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Min(Lanes8 left, Lanes8 right) => new(Vector256.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Max(Lanes8 left, Lanes8 right) => new(Vector256.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 WhereGreater(Lanes8 left, Lanes8 right, Lanes8 then, Lanes8 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(left.value, right.value), then.value, otherwise.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Abs(Lanes8 value) => new(Vector256.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Sqrt(Lanes8 value) => new(Vector256.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 CopySign(Lanes8 magnitude, Lanes8 sign) => new(Vector256.CopySign(magnitude.value, sign.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 PowerOfTwo(Lanes8 k, Lanes8 biased)
    {
        // The last three bits name the fraction's power; moved to a float's exponent, the others add to its exponent, and
        // these three to its mantissa: the table's bits are less by as much.
        var bits = biased.value.AsInt32();
        var fractions = Vector256.Create(
            0x3F800000, 0x3F7B95C2, 0x3F7837F0, 0x3F75FED7, 0x3F7504F3, 0x3F75672A, 0x3F7744FD, 0x3F7AC0C7);
        return new((Avx2.PermuteVar8x32(fractions, bits) + (bits << 20)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 PowerError(Lanes8 biased)
    {
        var errors = Vector256.Create(
            0f, 11.992157e-9f, -3.193418e-8f, 3.0990721e-8f, -17.114271e-9f, -5.2333342e-9f, 14.719606e-9f, 6.1282599e-9f);
        return new(Avx2.PermuteVar8x32(errors, biased.value.AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes8 First, Lanes8 Second, Lanes8 Third, Lanes8 Fourth) LoadFours(float* source, int* offsets, nint stride)
    {
        var (first, second, third, fourth) = Transpose(Pair(0), Pair(1), Pair(2), Pair(3));
        return (new(first), new(second), new(third), new(fourth));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Pair(int lane) =>
            Vector256.Create(
                Vector128.Load(source + offsets[lane * stride]), Vector128.Load(source + offsets[(lane + 4) * stride]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFours(
        float* target, int* offsets, nint stride, Lanes8 first, Lanes8 second, Lanes8 third, Lanes8 fourth)
    {
        var (a, b, c, d) = Transpose(first.value, second.value, third.value, fourth.value);
        Add(target + offsets[0], a.GetLower());
        Add(target + offsets[stride], b.GetLower());
        Add(target + offsets[2 * stride], c.GetLower());
        Add(target + offsets[3 * stride], d.GetLower());
        Add(target + offsets[4 * stride], a.GetUpper());
        Add(target + offsets[5 * stride], b.GetUpper());
        Add(target + offsets[6 * stride], c.GetUpper());
        Add(target + offsets[7 * stride], d.GetUpper());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Add(float* four, Vector128<float> values) => (Vector128.Load(four) + values).Store(four);
    }

    /// <summary>Transposes the lower and the upper 4 by 4 block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> A, Vector256<float> B, Vector256<float> C, Vector256<float> D) Transpose(
        Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        const byte LowerHalves = 0x44;
        const byte UpperHalves = 0xEE;
        var (ab, cd) = (Avx.UnpackLow(a, b), Avx.UnpackLow(c, d));
        var (abHigh, cdHigh) = (Avx.UnpackHigh(a, b), Avx.UnpackHigh(c, d));
        return (
            Avx.Shuffle(ab, cd, LowerHalves), Avx.Shuffle(ab, cd, UpperHalves),
            Avx.Shuffle(abHigh, cdHigh, LowerHalves), Avx.Shuffle(abHigh, cdHigh, UpperHalves));
    }
}
