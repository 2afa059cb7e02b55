using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Picks the specialisation of an operation for a type and its modifiers.</summary>
internal static unsafe class Handlers
{
    public static Handler Integer1<TOperation>(PtxType type)
        where TOperation : struct, IUnary => type.Bytes switch
        {
            2 => &Unary<short, TOperation>.Run,
            4 => &Unary<int, TOperation>.Run,
            _ => &Unary<long, TOperation>.Run,
        };

    public static Handler Integer<TOperation>(PtxType type)
        where TOperation : struct, IBinary => (type.Bytes, type.Kind == TypeKind.Signed) switch
        {
            (2, true) => &Binary<short, TOperation>.Run,
            (2, false) => &Binary<ushort, TOperation>.Run,
            (4, true) => &Binary<int, TOperation>.Run,
            (4, false) => &Binary<uint, TOperation>.Run,
            (_, true) => &Binary<long, TOperation>.Run,
            _ => &Binary<ulong, TOperation>.Run,
        };

    public static Handler LaneInteger<TOperation>(PtxType type)
        where TOperation : struct, ILaneBinary => (type.Bytes, type.Kind == TypeKind.Signed) switch
        {
            (2, true) => &LaneBinary<short, TOperation>.Run,
            (2, false) => &LaneBinary<ushort, TOperation>.Run,
            (4, true) => &LaneBinary<int, TOperation>.Run,
            (4, false) => &LaneBinary<uint, TOperation>.Run,
            (_, true) => &LaneBinary<long, TOperation>.Run,
            _ => &LaneBinary<ulong, TOperation>.Run,
        };

    public static Handler Float1<TOperation>(Form form, PtxType type, bool isFlushed)
        where TOperation : struct, IUnary
    {
        RequireSingle(form, type, isFlushed);
        return type.Bytes == sizeof(double) ? &Unary<double, FloatUnary<TOperation, Plain>>.Run
            : isFlushed ? &Unary<float, FloatUnary<TOperation, Flushed>>.Run
            : &Unary<float, FloatUnary<TOperation, Plain>>.Run;
    }

    public static Handler Float2<TOperation>(Form form, PtxType type, bool isFlushed, bool isSaturated)
        where TOperation : struct, IBinary
    {
        RequireSingle(form, type, isFlushed || isSaturated);
        if (type.Bytes == sizeof(double))
            return &Binary<double, FloatBinary<TOperation, Plain>>.Run;
        return (isFlushed, isSaturated) switch
        {
            (false, false) => &Binary<float, FloatBinary<TOperation, Plain>>.Run,
            (true, false) => &Binary<float, FloatBinary<TOperation, Flushed>>.Run,
            (false, true) => &Binary<float, FloatBinary<TOperation, Saturated<Plain>>>.Run,
            _ => &Binary<float, FloatBinary<TOperation, Saturated<Flushed>>>.Run,
        };
    }

    public static Handler Float3<TOperation>(Form form, PtxType type, bool isFlushed, bool isSaturated)
        where TOperation : struct, ITernary
    {
        RequireSingle(form, type, isFlushed || isSaturated);
        if (type.Bytes == sizeof(double))
            return &Ternary<double, FloatTernary<TOperation, Plain>>.Run;
        return (isFlushed, isSaturated) switch
        {
            (false, false) => &Ternary<float, FloatTernary<TOperation, Plain>>.Run,
            (true, false) => &Ternary<float, FloatTernary<TOperation, Flushed>>.Run,
            (false, true) => &Ternary<float, FloatTernary<TOperation, Saturated<Plain>>>.Run,
            _ => &Ternary<float, FloatTernary<TOperation, Saturated<Flushed>>>.Run,
        };
    }

    private static void RequireSingle(Form form, PtxType type, bool isRequired)
    {
        if (isRequired && type.Bytes != sizeof(float))
            throw form.Error($".ftz and .sat do not fit {type}");
    }
}
