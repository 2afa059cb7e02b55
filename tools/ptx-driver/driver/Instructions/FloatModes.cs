using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// What becomes of floats before and after an operation. The operation itself is that of IEEE 754, rounded to the nearest.
/// </summary>
internal interface IFloatMode
{
    static abstract Vector512<T> In<T>(Vector512<T> value)
        where T : unmanaged;

    static abstract Vector512<T> Out<T>(Vector512<T> value)
        where T : unmanaged;
}

/// <summary>Nothing, but a NaN that comes out is the device's, whatever NaN went in.</summary>
internal readonly struct Plain : IFloatMode
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> In<T>(Vector512<T> value)
        where T : unmanaged => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Out<T>(Vector512<T> value)
        where T : unmanaged
    {
        var nan = typeof(T) == typeof(float)
            ? Vector512.Create(0x7FFFFFFF).As<int, T>()
            : Vector512.Create(0x7FF8000000000000).As<long, T>();
        return Vector512.ConditionalSelect(Vector512.Equals(value, value), value, nan);
    }
}

/// <summary>Denormal float32 become zeros of their sign, going in and coming out (<c>.ftz</c>).</summary>
internal readonly struct Flushed : IFloatMode
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> In<T>(Vector512<T> value)
        where T : unmanaged
    {
        var floats = value.As<T, float>();
        var isDenormal = Vector512.LessThan(Vector512.Abs(floats), Vector512.Create(1.17549435e-38f));
        return Vector512.ConditionalSelect(isDenormal, floats & Vector512.Create(-0f), floats).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Out<T>(Vector512<T> value)
        where T : unmanaged => In(Plain.Out(value));
}

/// <summary>A float32 that comes out is put within 0 and 1, a NaN becomes 0 (<c>.sat</c>); for the rest another mode.</summary>
internal readonly struct Saturated<TMode> : IFloatMode
    where TMode : struct, IFloatMode
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> In<T>(Vector512<T> value)
        where T : unmanaged => TMode.In(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Out<T>(Vector512<T> value)
        where T : unmanaged
    {
        var floats = TMode.Out(value).As<T, float>();
        var isPositive = Vector512.GreaterThan(floats, Vector512<float>.Zero);
        return (Vector512.Min(floats, Vector512<float>.One) & isPositive).As<float, T>();
    }
}

/// <summary>An operation with a mode.</summary>
internal readonly struct FloatUnary<TOperation, TMode> : IUnary
    where TOperation : struct, IUnary
    where TMode : struct, IFloatMode
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => TMode.Out(TOperation.Apply(TMode.In(a)));
}

/// <summary>An operation with a mode.</summary>
internal readonly struct FloatBinary<TOperation, TMode> : IBinary
    where TOperation : struct, IBinary
    where TMode : struct, IFloatMode
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => TMode.Out(TOperation.Apply(TMode.In(a), TMode.In(b)));
}

/// <summary>An operation with a mode.</summary>
internal readonly struct FloatTernary<TOperation, TMode> : ITernary
    where TOperation : struct, ITernary
    where TMode : struct, IFloatMode
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged => TMode.Out(TOperation.Apply(TMode.In(a), TMode.In(b), TMode.In(c)));
}
