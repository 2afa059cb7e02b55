using System.Numerics;
using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>What whole numbers alone have: products in parts, remainders, and saturated sums.</summary>
internal static unsafe class IntegerArithmetic
{
    private static readonly string[] Types = ["s16", "u16", "s32", "u32", "s64", "u64"];

    public static void AddTo(InstructionSet set) =>
        set.Add("rem", form =>
        {
            var type = form.Type(Types);
            Arithmetic.BinaryOperands(form, type, Handlers.LaneInteger<Remainder>(type));
        });

    public static Handler SaturatedAdd() => &LaneBinary<int, SaturatedSum>.Run;

    public static Handler SaturatedSubtract() => &LaneBinary<int, SaturatedDifference>.Run;

    /// <summary>Decodes <c>mul</c> of whole numbers from its type on.</summary>
    public static void DecodeMul(Form form, string part)
    {
        var type = form.Type(Types);
        if (part == "wide")
            WideOperands(form, type, withSum: false);
        else
        {
            Arithmetic.BinaryOperands(
                form, type, part == "lo" ? Handlers.Integer<Multiply>(type) : Handlers.LaneInteger<UpperProduct>(type));
        }
    }

    /// <summary>Decodes <c>mad</c> of whole numbers from its type on.</summary>
    public static void DecodeMad(Form form, string part)
    {
        var type = form.Type(Types);
        if (part == "wide")
        {
            WideOperands(form, type, withSum: true);
            return;
        }

        Arithmetic.BinaryOperands(form, type, part == "lo" ? Low(type) : High(type));
        form.Code.C = form.Source(type);

        static Handler Low(PtxType type) => type.Bytes switch
        {
            2 => &Ternary<short, MultiplyAdd>.Run,
            4 => &Ternary<int, MultiplyAdd>.Run,
            _ => &Ternary<long, MultiplyAdd>.Run,
        };

        static Handler High(PtxType type) => (type.Bytes, type.Kind == TypeKind.Signed) switch
        {
            (2, true) => &LaneBinary<short, UpperProduct>.RunAndAdd,
            (2, false) => &LaneBinary<ushort, UpperProduct>.RunAndAdd,
            (4, true) => &LaneBinary<int, UpperProduct>.RunAndAdd,
            (4, false) => &LaneBinary<uint, UpperProduct>.RunAndAdd,
            (_, true) => &LaneBinary<long, UpperProduct>.RunAndAdd,
            _ => &LaneBinary<ulong, UpperProduct>.RunAndAdd,
        };
    }

    private static void WideOperands(Form form, PtxType type, bool withSum)
    {
        var wide = (type.Name switch
        {
            "s16" => PtxType.Find("s32"),
            "u16" => PtxType.Find("u32"),
            "s32" => PtxType.Find("s64"),
            "u32" => PtxType.Find("u64"),
            _ => null,
        }) ?? throw form.Error($".wide does not fit {type}");
        form.Code.Execute = (type.Name, withSum) switch
        {
            ("s16", _) => &WideProduct<short, int>.Run,
            ("u16", _) => &WideProduct<ushort, uint>.Run,
            ("s32", _) => &WideProduct<int, long>.Run,
            ("u32", false) => &WideProductOfWords,
            _ => &WideProduct<uint, ulong>.Run,
        };
        form.Code.D = form.Target(wide);
        form.Code.A = form.Source(type);
        form.Code.B = form.Source(type);
        form.Code.C = withSum ? form.Source(wide) : form.Scope.Constant(wide.Bytes, 0);
    }

    // What addresses are made of: worth a loop of its own.
    private static void WideProductOfWords(Warp warp, Instruction* code)
    {
        var d = warp.Register<ulong>(code->D);
        var a = warp.Register<uint>(code->A);
        var b = warp.Register<uint>(code->B);
        for (var half = 0; half < Warp.Size / Vector512<uint>.Count; half++)
        {
            var at = half * Vector512<uint>.Count;
            var (lowA, highA) = Vector512.Widen(Vector512.Load(a + at));
            var (lowB, highB) = Vector512.Widen(Vector512.Load(b + at));
            warp.Store(d, 2 * half, lowA * lowB);
            warp.Store(d, (2 * half) + 1, highA * highB);
        }
    }

    private static class WideProduct<TNarrow, TWide>
        where TNarrow : unmanaged, IBinaryInteger<TNarrow>
        where TWide : unmanaged, IBinaryInteger<TWide>
    {
        public static void Run(Warp warp, Instruction* code)
        {
            var d = warp.Register<TWide>(code->D);
            var a = warp.Register<TNarrow>(code->A);
            var b = warp.Register<TNarrow>(code->B);
            var c = warp.Register<TWide>(code->C);
            for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            {
                var lane = LaneMask.First(lanes);
                d[lane] = (TWide.CreateTruncating(a[lane]) * TWide.CreateTruncating(b[lane])) + c[lane];
            }
        }
    }
}

/// <summary>The quotient towards 0. Divided by 0: all bits set; PTX leaves it open.</summary>
internal readonly struct IntegerDivide : ILaneBinary
{
    public static T Apply<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        b == T.Zero ? ~T.Zero : b == T.Zero - T.One && T.IsNegative(b) ? T.Zero - a : a / b;
}

/// <summary>What the division leaves, with the dividend's sign. Divided by 0: the dividend; PTX leaves it open.</summary>
internal readonly struct Remainder : ILaneBinary
{
    public static T Apply<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        b == T.Zero ? a : b == T.Zero - T.One && T.IsNegative(b) ? T.Zero : a % b;
}

/// <summary>The upper half of the product.</summary>
internal readonly struct UpperProduct : ILaneBinary
{
    public static unsafe T Apply<T>(T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        T.CreateTruncating((Int128.CreateTruncating(a) * Int128.CreateTruncating(b)) >> (sizeof(T) * 8));
}

internal readonly struct SaturatedSum : ILaneBinary
{
    public static T Apply<T>(T a, T b)
        where T : unmanaged,
        IBinaryInteger<T>, IMinMaxValue<T> => T.CreateSaturating(long.CreateTruncating(a) + long.CreateTruncating(b));
}

internal readonly struct SaturatedDifference : ILaneBinary
{
    public static T Apply<T>(T a, T b)
        where T : unmanaged,
        IBinaryInteger<T>, IMinMaxValue<T> => T.CreateSaturating(long.CreateTruncating(a) - long.CreateTruncating(b));
}
