using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Sums, products and their like, of floats and whole numbers. <c>mul</c> and <c>add</c> without <c>.rn</c> stay two roundings
/// here, though ptxas may fuse them.
/// </summary>
internal static unsafe class Arithmetic
{
    private static readonly PtxType F32 = PtxType.Find("f32")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("add", form => Sum<Add>(form, IntegerArithmetic.SaturatedAdd()));
        set.Add("sub", form => Sum<Subtract>(form, IntegerArithmetic.SaturatedSubtract()));
        set.Add("mul", Product);
        set.Add("fma", form =>
        {
            form.Expect("rn");
            FloatSum(form);
        });
        set.Add("mad", form =>
        {
            if (form.TakeAny("lo", "hi", "wide") is { } part)
                IntegerArithmetic.DecodeMad(form, part);
            else
                FloatSum(form, form.Take("rn"));
        });
        set.Add("div", Quotient);
        set.Add("min", Extreme<Lesser, LesserNumber>);
        set.Add("max", Extreme<Greater, GreaterNumber>);
        set.Add("neg", form => Sign<Negate>(form));
        set.Add("abs", form => Sign<Absolute>(form));
        set.Add("sqrt", form => Root<SquareRoot>(form));
        set.Add("rcp", form => Root<Reciprocal>(form));
    }

    private static void Sum<TOperation>(Form form, Handler saturatedWords)
        where TOperation : struct, IBinary
    {
        var isRounded = form.Take("rn");
        var isFlushed = form.Take("ftz");
        var isSaturated = form.Take("sat");
        var type = form.Type("f32", "f64", "s16", "u16", "s32", "u32", "s64", "u64");
        if (type.Kind == TypeKind.Float)
        {
            Floats<TOperation>(form, type, isFlushed, isSaturated);
            return;
        }

        if (isRounded || isFlushed || (isSaturated && type.Name != "s32"))
            throw form.Error($"a modifier does not fit {type}");
        BinaryOperands(form, type, isSaturated ? saturatedWords : Handlers.Integer<TOperation>(type));
    }

    private static void Product(Form form)
    {
        if (form.TakeAny("lo", "hi", "wide") is { } part)
        {
            IntegerArithmetic.DecodeMul(form, part);
            return;
        }

        form.Take("rn");
        var isFlushed = form.Take("ftz");
        var isSaturated = form.Take("sat");
        var type = form.Type("f32", "f64");
        Floats<Multiply>(form, type, isFlushed, isSaturated);
        form.Code.Kind = type == F32 ? InstructionKind.Product : InstructionKind.Other;
    }

    private static void FloatSum(Form form, bool isRounded = true)
    {
        if (!isRounded && form.Scope.Target >= 20)
            throw form.Error(".rn is expected");
        var isFlushed = form.Take("ftz");
        var isSaturated = form.Take("sat");
        var type = form.Type("f32", "f64");
        form.Code.Execute = Handlers.Float3<FusedMultiplyAdd>(form, type, isFlushed, isSaturated);
        form.Code.Kind = type == F32 ? InstructionKind.Product : InstructionKind.Other;
        form.Code.D = form.Target(type);
        form.Code.A = form.Source(type);
        form.Code.B = form.Source(type);
        form.Code.C = form.Source(type);
    }

    private static void Quotient(Form form)
    {
        // .full and .approx promise less than .rn gives.
        var rounding = form.TakeAny("rn", "full", "approx");
        var isFlushed = form.Take("ftz");
        var type = form.Type("f32", "f64", "s16", "u16", "s32", "u32", "s64", "u64");
        if ((rounding is null) == (type.Kind == TypeKind.Float) || (rounding is not (null or "rn") && type != F32))
            throw form.Error($"the rounding does not fit {type}");
        if (type.Kind == TypeKind.Float)
            Floats<Divide>(form, type, isFlushed, isSaturated: false);
        else if (isFlushed)
            throw form.Error($".ftz does not fit {type}");
        else
            BinaryOperands(form, type, Handlers.LaneInteger<IntegerDivide>(type));
    }

    private static void Extreme<TOperation, TNumber>(Form form)
        where TOperation : struct, IBinary
        where TNumber : struct, IBinary
    {
        var isFlushed = form.Take("ftz");
        var givesNaN = form.Take("NaN");
        var type = form.Type("f32", "f64", "s16", "u16", "s32", "u32", "s64", "u64");
        if ((isFlushed || givesNaN) && type != F32)
            throw form.Error($"a modifier does not fit {type}");
        if (type.Kind != TypeKind.Float)
            BinaryOperands(form, type, Handlers.Integer<TOperation>(type));
        else if (givesNaN)
            Floats<TOperation>(form, type, isFlushed, isSaturated: false);
        else
            Floats<TNumber>(form, type, isFlushed, isSaturated: false);
    }

    private static void Sign<TOperation>(Form form)
        where TOperation : struct, IUnary
    {
        var isFlushed = form.Take("ftz");
        var type = form.Type("f32", "f64", "s16", "s32", "s64");
        if (isFlushed && type != F32)
            throw form.Error($".ftz does not fit {type}");
        UnaryOperands(form, type, type.Kind == TypeKind.Float
            ? Handlers.Float1<TOperation>(form, type, isFlushed)
            : Handlers.Integer1<TOperation>(type));
    }

    private static void Root<TOperation>(Form form)
        where TOperation : struct, IUnary
    {
        var rounding = form.OneOf("rn", "approx");
        var isFlushed = form.Take("ftz");
        var type = form.Type("f32", "f64");
        if (type != F32 && rounding != "rn")
            throw form.Error($".approx does not fit {type}");
        UnaryOperands(form, type, Handlers.Float1<TOperation>(form, type, isFlushed));
    }

    private static void Floats<TOperation>(Form form, PtxType type, bool isFlushed, bool isSaturated)
        where TOperation : struct, IBinary =>
        BinaryOperands(form, type, Handlers.Float2<TOperation>(form, type, isFlushed, isSaturated));

    /// <summary>Decodes a result and a source.</summary>
    public static void UnaryOperands(Form form, PtxType type, Handler execute)
    {
        form.Code.Execute = execute;
        form.Code.D = form.Target(type);
        form.Code.A = form.Source(type);
    }

    /// <summary>Decodes a result and two sources.</summary>
    public static void BinaryOperands(Form form, PtxType type, Handler execute)
    {
        UnaryOperands(form, type, execute);
        form.Code.B = form.Source(type);
    }
}
