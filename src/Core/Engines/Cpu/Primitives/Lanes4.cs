using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>Four floats: SSE, NEON, or whatever the runtime makes of it.</summary>
internal readonly unsafe struct Lanes4(Vector128<float> value) : ILanes<Lanes4>
{
    private readonly Vector128<float> value = value;

    public static int Count => 4;

    public static Lanes4 Zero => new(Vector128<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator +(Lanes4 left, Lanes4 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator -(Lanes4 left, Lanes4 right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator *(Lanes4 left, Lanes4 right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator /(Lanes4 left, Lanes4 right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes4 value, float* target) => value.value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 MultiplyAdd(Lanes4 left, Lanes4 right, Lanes4 addend) =>
        new(Vector128.MultiplyAddEstimate(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 NegativeMultiplyAdd(Lanes4 left, Lanes4 right, Lanes4 addend) =>
        new(Vector128.MultiplyAddEstimate(-left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Min(Lanes4 left, Lanes4 right) => new(Vector128.MinNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Max(Lanes4 left, Lanes4 right) => new(Vector128.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 WhereGreater(Lanes4 left, Lanes4 right, Lanes4 then, Lanes4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(left.value, right.value), then.value, otherwise.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Abs(Lanes4 value) => new(Vector128.Abs(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Sqrt(Lanes4 value) => new(Vector128.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 CopySign(Lanes4 magnitude, Lanes4 sign) => new(Vector128.CopySign(magnitude.value, sign.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 PowerOfTwo(Lanes4 k, Lanes4 biased)
    {
        // The last two bits name the fraction's power; moved to a float's exponent, the others add to its exponent, and
        // these two to its mantissa: the table's bits are less by as much.
        var bits = biased.value.AsInt32();
        var table = Vector128.Create(0x3F800000, 0x3F7837F0, 0x3F7504F3, 0x3F7744FD);
        return new((Vector128.Shuffle(table, bits & Vector128.Create(3)) + (bits << 21)).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 PowerError(Lanes4 biased) => new(Vector128.Shuffle(
        Vector128.Create(0f, -3.193418e-8f, -17.114271e-9f, 14.719606e-9f), biased.value.AsInt32() & Vector128.Create(3)));

    public static (Lanes4 First, Lanes4 Second, Lanes4 Third, Lanes4 Fourth) LoadFours(float* source, int* offsets, nint stride)
    {
        float* a = source + offsets[0], b = source + offsets[stride], c = source + offsets[
            2 * stride], d = source + offsets[3 * stride];
        return (
            new(Vector128.Create(a[0], b[0], c[0], d[0])),
            new(Vector128.Create(a[1], b[1], c[1], d[1])),
            new(Vector128.Create(a[2], b[2], c[2], d[2])),
            new(Vector128.Create(a[3], b[3], c[3], d[3])));
    }

    public static void AddFours(
        float* target, int* offsets, nint stride, Lanes4 first, Lanes4 second, Lanes4 third, Lanes4 fourth)
    {
        for (var lane = 0; lane < Count; lane++)
        {
            var four = target + offsets[lane * stride];
            four[0] += first.value[lane];
            four[1] += second.value[lane];
            four[2] += third.value[lane];
            four[3] += fourth.value[lane];
        }
    }
}
