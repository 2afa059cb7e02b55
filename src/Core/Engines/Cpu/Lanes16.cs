using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuLstm.Engines.Cpu;

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
    public static Lanes16 MultiplyAdd(Lanes16 left, Lanes16 right, Lanes16 addend) => new(Vector512.FusedMultiplyAdd(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 NegativeMultiplyAdd(Lanes16 left, Lanes16 right, Lanes16 addend) => new(Vector512.FusedMultiplyAdd(-left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Min(Lanes16 left, Lanes16 right) => new(Vector512.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Max(Lanes16 left, Lanes16 right) => new(Vector512.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Abs(Lanes16 value) => new(Vector512.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Sqrt(Lanes16 value) => new(Vector512.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 CopySign(Lanes16 magnitude, Lanes16 sign) => new(Vector512.CopySign(magnitude.value, sign.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Round(Lanes16 value) => new(Vector512.Round(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 PowerOfTwo(Lanes16 n) =>
        new(((Vector512.ConvertToInt32Native(n.value) + Vector512.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes16 First, Lanes16 Second, Lanes16 Third, Lanes16 Fourth) LoadFours(float* source, int* offsets)
    {
        var low = Lanes8.LoadFours(source, offsets);
        var high = Lanes8.LoadFours(source, offsets + Lanes8.Count);
        return (Join(low.First, high.First), Join(low.Second, high.Second), Join(low.Third, high.Third), Join(low.Fourth, high.Fourth));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Lanes16 Join(Lanes8 lower, Lanes8 upper) => new(Vector512.Create(lower.Value, upper.Value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFours(float* target, int* offsets, Lanes16 first, Lanes16 second, Lanes16 third, Lanes16 fourth)
    {
        Lanes8.AddFours(target, offsets, Lower(first), Lower(second), Lower(third), Lower(fourth));
        Lanes8.AddFours(target, offsets + Lanes8.Count, Upper(first), Upper(second), Upper(third), Upper(fourth));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Lanes8 Lower(Lanes16 lanes) => new(lanes.value.GetLower());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Lanes8 Upper(Lanes16 lanes) => new(lanes.value.GetUpper());
    }
}
