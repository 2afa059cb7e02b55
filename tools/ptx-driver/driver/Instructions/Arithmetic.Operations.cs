using System.Runtime.Intrinsics;

namespace GpuLstm.PtxDriver.Instructions;

internal readonly struct Add : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a + b;
}

internal readonly struct Subtract : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a - b;
}

internal readonly struct Multiply : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a * b;
}

internal readonly struct Divide : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => a / b;
}

/// <summary>The lesser; of a NaN and a number the number, of two zeros the negative one.</summary>
internal readonly struct LesserNumber : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.MinNumber(a, b);
}

internal readonly struct GreaterNumber : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.MaxNumber(a, b);
}

/// <summary>The lesser, and NaN if either is one (<c>.NaN</c>); of whole numbers the lesser.</summary>
internal readonly struct Lesser : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Min(a, b);
}

internal readonly struct Greater : IBinary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged => Vector512.Max(a, b);
}

internal readonly struct SquareRoot : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512.Sqrt(a);
}

internal readonly struct Reciprocal : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512<T>.One / a;
}

internal readonly struct Negate : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => -a;
}

internal readonly struct Absolute : IUnary
{
    public static Vector512<T> Apply<T>(Vector512<T> a)
        where T : unmanaged => Vector512.Abs(a);
}

/// <summary>a b + c, rounded once.</summary>
internal readonly struct FusedMultiplyAdd : ITernary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();
}

/// <summary>a b + c of whole numbers.</summary>
internal readonly struct MultiplyAdd : ITernary
{
    public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged => (a * b) + c;
}
