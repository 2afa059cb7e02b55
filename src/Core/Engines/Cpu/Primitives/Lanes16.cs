using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>Sixteen floats: AVX-512.</summary>
internal readonly unsafe struct Lanes16(Vector512<float> value) : ILanes<Lanes16>
{
    private readonly Vector512<float> value = value;

    public static int Count => 16;

    public static Lanes16 Zero => new(Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator +(Lanes16 left, Lanes16 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator -(Lanes16 left, Lanes16 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator *(Lanes16 left, Lanes16 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator /(Lanes16 left, Lanes16 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes16 value, float* target) => value.value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 MultiplyAdd(Lanes16 left, Lanes16 right, Lanes16 addend) =>
        new(Vector512.FusedMultiplyAdd(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 NegativeMultiplyAdd(Lanes16 left, Lanes16 right, Lanes16 addend) => new(
        Avx512F.IsSupported
            ? Avx512F.FusedMultiplyAddNegated(left.value, right.value, addend.value)
            : Vector512.FusedMultiplyAdd(-left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Min(Lanes16 left, Lanes16 right) => new(Vector512.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Max(Lanes16 left, Lanes16 right) => new(Vector512.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 WhereGreater(Lanes16 left, Lanes16 right, Lanes16 then, Lanes16 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(left.value, right.value), then.value, otherwise.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Abs(Lanes16 value) => new(Vector512.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Sqrt(Lanes16 value) => new(Vector512.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 CopySign(Lanes16 magnitude, Lanes16 sign) => new(Vector512.CopySign(magnitude.value, sign.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 PowerOfTwo(Lanes16 k, Lanes16 biased)
    {
        var fraction = LookUp(biased, Vector512.Create(
            1f, 1.04427373f, 1.09050775f, 1.13878858f, 1.18920708f, 1.24185777f, 1.29683959f, 1.35425556f,
            1.41421354f, 1.47682619f, 1.54221082f, 1.61049032f, 1.68179286f, 1.75625217f, 1.8340081f, 1.91520655f));
        return new(Avx512F.IsSupported ? Avx512F.Scale(fraction, k.value) : fraction * WholePower(Vector512.Floor(k.value)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> WholePower(Vector512<float> n) =>
            ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 PowerError(Lanes16 biased) => new(LookUp(biased, Vector512.Create(
        0f, -4.628547e-8f, 11.992157e-9f, -4.7297822e-8f, -3.193418e-8f, -3.6210572e-8f, 3.0990721e-8f, 7.4752132e-9f,
        -17.114271e-9f, 3.0476835e-8f, -5.2333342e-9f, -6.1075916e-9f, 14.719606e-9f, 5.2587952e-9f, 6.1282599e-9f,
        -5.1406092e-9f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes16 First, Lanes16 Second, Lanes16 Third, Lanes16 Fourth) LoadFours(
        float* source, int* offsets, nint stride)
    {
        var low = Lanes8.LoadFours(source, offsets, stride);
        var high = Lanes8.LoadFours(source, offsets + Lanes8.Count * stride, stride);
        return (
            Join(low.First, high.First), Join(low.Second, high.Second), Join(low.Third, high.Third),
            Join(low.Fourth, high.Fourth));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Lanes16 Join(Lanes8 lower, Lanes8 upper) => new(Vector512.Create(lower.Value, upper.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFours(
        float* target, int* offsets, nint stride, Lanes16 first, Lanes16 second, Lanes16 third, Lanes16 fourth)
    {
        Lanes8.AddFours(target, offsets, stride, Lower(first), Lower(second), Lower(third), Lower(fourth));
        Lanes8.AddFours(
            target, offsets + Lanes8.Count * stride, stride, Upper(first), Upper(second), Upper(third), Upper(fourth));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Lanes8 Lower(Lanes16 lanes) => new(lanes.value.GetLower());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Lanes8 Upper(Lanes16 lanes) => new(lanes.value.GetUpper());
    }

    /// <summary>The entries of a table that the last four bits of each lane name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LookUp(Lanes16 biased, Vector512<float> table) => Avx512F.IsSupported
        ? Avx512F.PermuteVar16x32(table, biased.value.AsInt32())
        : Vector512.Shuffle(table, biased.value.AsInt32() & Vector512.Create(15));
}
