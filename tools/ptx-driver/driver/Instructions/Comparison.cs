using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Comparisons into predicates (<c>setp</c>) and choice by them (<c>selp</c>).</summary>
internal static unsafe class Comparison
{
    private const int None = 0;
    private const int And = 1;
    private const int Or = 2;
    private const int Xor = 3;

    public static void AddTo(InstructionSet set)
    {
        set.Add("setp", DecodeComparison);
        set.Add("selp", form =>
        {
            var type = form.Type("b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64", "f32", "f64");
            Arithmetic.BinaryOperands(form, type, type.Bytes switch
            {
                2 => &Select<ushort>.Run,
                4 => &Select<uint>.Run,
                _ => &Select<ulong>.Run,
            });
            form.Code.Data = DataFlow.Choice;
            form.Code.C = form.PredicateSource(out var negated);
            if (negated)
                throw form.Error("selp takes no negated predicate");
        });
    }

    private static void DecodeComparison(Form form)
    {
        var relation = form.OneOf(
            "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan");
        form.Code.Mode = form.TakeAny("and", "or", "xor") switch
        {
            "and" => And,
            "or" => Or,
            "xor" => Xor,
            _ => None,
        };
        var isFlushed = form.Take("ftz");
        var type = form.Type("b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64", "f32", "f64");
        form.Code.Execute = (relation switch
        {
            "eq" => Pick<Equal>(),
            "ne" => type.Kind == TypeKind.Float ? Pick<OrderedUnequal>() : Pick<Unequal>(),
            "lt" => Pick<Less>(orderedOnly: true),
            "le" => Pick<LessOrEqual>(orderedOnly: true),
            "gt" => Pick<Swapped<Less>>(orderedOnly: true),
            "ge" => Pick<Swapped<LessOrEqual>>(orderedOnly: true),
            "lo" => PickUnsigned<Less>(),
            "ls" => PickUnsigned<LessOrEqual>(),
            "hi" => PickUnsigned<Swapped<Less>>(),
            "hs" => PickUnsigned<Swapped<LessOrEqual>>(),
            "equ" => PickFloat<Opposite<OrderedUnequal>>(),
            "neu" => PickFloat<Unequal>(),
            "ltu" => PickFloat<Opposite<Swapped<LessOrEqual>>>(),
            "leu" => PickFloat<Opposite<Swapped<Less>>>(),
            "gtu" => PickFloat<Opposite<LessOrEqual>>(),
            "geu" => PickFloat<Opposite<Less>>(),
            "num" => PickFloat<Ordered>(),
            _ => PickFloat<Opposite<Ordered>>(),
        }).Handler;
        if (form.Code.Execute is null || (isFlushed && type.Name != "f32"))
            throw form.Error($".{relation} does not fit {type}");
        (form.Code.D, form.Code.E) = form.PredicateTargets();
        form.Code.A = form.Source(type);
        form.Code.B = form.Source(type);
        if (form.Code.Mode != None)
            form.Code.C = form.PredicateSource(out form.Code.NegatedSource);

        Choice Pick<TRelation>(bool orderedOnly = false)
            where TRelation : struct, IRelation =>
            type.Kind == TypeKind.Float
                ? PickFloat<TRelation>()
                : orderedOnly && type.Kind == TypeKind.Bits
                ? default
                : new Choice(PickInteger<TRelation>(type));

        Choice PickUnsigned<TRelation>()
            where TRelation : struct,
            IRelation => type.Kind == TypeKind.Unsigned ? new Choice(PickInteger<TRelation>(type)) : default;

        Choice PickFloat<TRelation>()
            where TRelation : struct, IRelation => type.Kind != TypeKind.Float ? default
            : type.Bytes == sizeof(double) ? new Choice(&Compare<double, TRelation>.Run)
            : isFlushed ? new Choice(&Compare<float, FlushedRelation<TRelation>>.Run)
            : new Choice(&Compare<float, TRelation>.Run);
    }

    private static Handler PickInteger<TRelation>(PtxType type)
        where TRelation : struct, IRelation => (type.Bytes, type.Kind == TypeKind.Signed) switch
        {
            (2, true) => &Compare<short, TRelation>.Run,
            (2, false) => &Compare<ushort, TRelation>.Run,
            (4, true) => &Compare<int, TRelation>.Run,
            (4, false) => &Compare<uint, TRelation>.Run,
            (_, true) => &Compare<long, TRelation>.Run,
            _ => &Compare<ulong, TRelation>.Run,
        };

    private static class Compare<T, TRelation>
        where T : unmanaged
        where TRelation : struct, IRelation
    {
        public static void Run(Warp warp, Instruction* code)
        {
            var a = warp.Register<T>(code->A);
            var b = warp.Register<T>(code->B);
            var bits = 0u;
            for (var v = 0; v < Warp.Size / Vector512<T>.Count; v++)
            {
                var at = v * Vector512<T>.Count;
                var holds = TRelation.Apply(Vector512.Load(a + at), Vector512.Load(b + at));
                bits |= (uint)holds.ExtractMostSignificantBits() << at;
            }

            if (code->Mode == None)
            {
                warp.SetPredicate(code->D, bits);
                warp.SetPredicate(code->E, ~bits);
                return;
            }

            var other = warp.Predicate(code->C);
            if (code->NegatedSource)
                other = ~other;
            warp.SetPredicate(code->D, Combine(code->Mode, bits, other));
            warp.SetPredicate(code->E, Combine(code->Mode, ~bits, other));
        }
    }

    private static uint Combine(int mode, uint a, uint b) => mode switch
    {
        And => a & b,
        Or => a | b,
        _ => a ^ b,
    };

    private static class Select<T>
        where T : unmanaged
    {
        public static void Run(Warp warp, Instruction* code)
        {
            var d = warp.Register<T>(code->D);
            var a = warp.Register<T>(code->A);
            var b = warp.Register<T>(code->B);
            var predicate = warp.Predicate(code->C);
            for (var v = 0; v < Warp.Size / Vector512<T>.Count; v++)
            {
                var at = v * Vector512<T>.Count;
                warp.Store(
                    d, v,
                    Vector512.ConditionalSelect(
                        LaneMask.Spread<T>(predicate, v), Vector512.Load(a + at), Vector512.Load(b + at)));
            }
        }
    }

    private readonly struct Equal : IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => Vector512.Equals(a, b);
    }

    private readonly struct Unequal : IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => ~Vector512.Equals(a, b);
    }

    private readonly struct OrderedUnequal : IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => Ordered.Apply(a, b) & ~Vector512.Equals(a, b);
    }

    private readonly struct Less : IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => Vector512.LessThan(a, b);
    }

    private readonly struct LessOrEqual : IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => Vector512.LessThanOrEqual(a, b);
    }

    /// <summary>Neither is a NaN.</summary>
    private readonly struct Ordered : IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => Vector512.Equals(a, a) & Vector512.Equals(b, b);
    }

    private readonly struct Swapped<TRelation> : IRelation
        where TRelation : struct, IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => TRelation.Apply(b, a);
    }

    private readonly struct Opposite<TRelation> : IRelation
        where TRelation : struct, IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => ~TRelation.Apply(a, b);
    }

    private readonly struct FlushedRelation<TRelation> : IRelation
        where TRelation : struct, IRelation
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => TRelation.Apply(Flushed.In(a), Flushed.In(b));
    }
}
