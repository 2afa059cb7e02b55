using System.Runtime.CompilerServices;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>Some neighbouring columns of a matrix's row, in one, two or four registers.</summary>
/// <typeparam name="TSelf">The implementation.</typeparam>
internal unsafe interface IStrip<TSelf>
    where TSelf : unmanaged, IStrip<TSelf>
{
    static abstract TSelf Load(float* source);

    static abstract void Store(TSelf value, float* target);

    /// <summary><paramref name="factor"/>[0] * strip + addend, column by column.</summary>
    static abstract TSelf MultiplyAdd(float* factor, TSelf strip, TSelf addend);
}

/// <summary>A strip of one register.</summary>
internal readonly unsafe struct Strip1<TLanes>(TLanes a) : IStrip<Strip1<TLanes>>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TLanes a = a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip1<TLanes> Load(float* source) => new(TLanes.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Strip1<TLanes> value, float* target) => TLanes.Store(value.a, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip1<TLanes> MultiplyAdd(float* factor, Strip1<TLanes> strip, Strip1<TLanes> addend) =>
        new(TLanes.MultiplyAdd(TLanes.Broadcast(*factor), strip.a, addend.a));
}

/// <summary>A strip of two registers.</summary>
internal readonly unsafe struct Strip2<TLanes>(TLanes a, TLanes b) : IStrip<Strip2<TLanes>>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TLanes a = a;
    private readonly TLanes b = b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip2<TLanes> Load(float* source) => new(TLanes.Load(source), TLanes.Load(source + TLanes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Strip2<TLanes> value, float* target)
    {
        TLanes.Store(value.a, target);
        TLanes.Store(value.b, target + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip2<TLanes> MultiplyAdd(float* factor, Strip2<TLanes> strip, Strip2<TLanes> addend)
    {
        var x = TLanes.Broadcast(*factor);
        return new(TLanes.MultiplyAdd(x, strip.a, addend.a), TLanes.MultiplyAdd(x, strip.b, addend.b));
    }
}

/// <summary>A strip of four registers, for processors with 32 of them.</summary>
internal readonly unsafe struct Strip4<TLanes>(TLanes a, TLanes b, TLanes c, TLanes d) : IStrip<Strip4<TLanes>>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TLanes a = a;
    private readonly TLanes b = b;
    private readonly TLanes c = c;
    private readonly TLanes d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip4<TLanes> Load(float* source) => new(
        TLanes.Load(source), TLanes.Load(source + TLanes.Count), TLanes.Load(source + 2 * TLanes.Count),
        TLanes.Load(source + 3 * TLanes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Strip4<TLanes> value, float* target)
    {
        TLanes.Store(value.a, target);
        TLanes.Store(value.b, target + TLanes.Count);
        TLanes.Store(value.c, target + 2 * TLanes.Count);
        TLanes.Store(value.d, target + 3 * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Strip4<TLanes> MultiplyAdd(float* factor, Strip4<TLanes> strip, Strip4<TLanes> addend)
    {
        var x = TLanes.Broadcast(*factor);
        return new(
            TLanes.MultiplyAdd(x, strip.a, addend.a), TLanes.MultiplyAdd(x, strip.b, addend.b),
            TLanes.MultiplyAdd(x, strip.c, addend.c), TLanes.MultiplyAdd(x, strip.d, addend.d));
    }
}
