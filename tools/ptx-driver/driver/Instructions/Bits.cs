using System.Numerics;
using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Logic, shifts, and what takes bits apart.</summary>
internal static unsafe class Bits
{
    private static readonly PtxType B32 = PtxType.Find("b32")!;
    private static readonly PtxType U32 = PtxType.Find("u32")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("and", form => Logic<And>(form, Predicates.Operation<And>()));
        set.Add("or", form => Logic<Or>(form, Predicates.Operation<Or>()));
        set.Add("xor", form => Logic<Xor>(form, Predicates.Operation<Xor>()));
        set.Add("not", form =>
        {
            var type = form.Type("pred", "b16", "b32", "b64");
            Arithmetic.UnaryOperands(
                form, type, type.Kind == TypeKind.Predicate ? Predicates.Not() : Handlers.Integer1<Not>(type));
        });
        set.Add("shl", form => Shift(form, form.Type("b16", "b32", "b64"), isLeft: true));
        set.Add(
            "shr", form => Shift(form, form.Type("b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64"), isLeft: false));
        set.Add("shf", FunnelShift);
        set.Add("popc", form => Count<PopulationCount>(form, "b32", "b64"));
        set.Add("clz", form => Count<LeadingZeros>(form, "b32", "b64"));
        set.Add("bfind", form => Find(form));
        set.Add("brev", form =>
        {
            var type = form.Type("b32", "b64");
            Arithmetic.UnaryOperands(form, type, type == B32 ? &LaneUnary<uint, Reverse>.Run : &LaneUnary<ulong, Reverse>.Run);
        });
        set.Add("lop3", form =>
        {
            form.Expect("b32");
            Arithmetic.BinaryOperands(form, B32, &Logic3);
            form.Code.C = form.Source(B32);
            form.Code.Mode = form.Number(0, 255);
        });
        set.Add("prmt", form =>
        {
            form.Expect("b32");
            Arithmetic.BinaryOperands(form, B32, &Permute);
            form.Code.C = form.Source(B32);
        });
        BitFields.AddTo(set);
    }

    private static void Logic<TOperation>(Form form, Handler ofPredicates)
        where TOperation : struct, IBinary
    {
        var type = form.Type("pred", "b16", "b32", "b64");
        Arithmetic.BinaryOperands(
            form, type, type.Kind == TypeKind.Predicate ? ofPredicates : Handlers.Integer<TOperation>(type));
    }

    private static void Shift(Form form, PtxType type, bool isLeft)
    {
        form.Code.D = form.Target(type);
        form.Code.A = form.Source(type);
        if (form.TakeNumber(out var amount))
        {
            form.Code.Mode = (int)Math.Clamp(amount, 0, type.Bytes * 8);
            form.Code.B = form.Scope.Constant(sizeof(uint), (uint)form.Code.Mode);
        }
        else
        {
            form.Code.B = form.Source(U32);
        }

        form.Code.Execute = (isLeft, type.Bytes, type.Kind == TypeKind.Signed) switch
        {
            (true, 2, _) => &ShiftBy<ushort, ShiftLeft>.Run,
            (true, 4, _) => &ShiftBy<uint, ShiftLeft>.Run,
            (true, _, _) => &ShiftBy<ulong, ShiftLeft>.Run,
            (false, 2, false) => &ShiftBy<ushort, ShiftRight>.Run,
            (false, 4, false) => &ShiftBy<uint, ShiftRight>.Run,
            (false, _, false) => &ShiftBy<ulong, ShiftRight>.Run,
            (false, 2, true) => &ShiftBy<short, ShiftRight>.Run,
            (false, 4, true) => &ShiftBy<int, ShiftRight>.Run,
            _ => &ShiftBy<long, ShiftRight>.Run,
        };
    }

    private static void FunnelShift(Form form)
    {
        form.Code.Mode = (form.OneOf("l", "r") == "l" ? 0 : 1) + (form.OneOf("wrap", "clamp") == "wrap" ? 0 : 2);
        form.Expect("b32");
        Arithmetic.BinaryOperands(form, B32, &Funnel);
        form.Code.C = form.Source(U32);
    }

    private static void Count<TOperation>(Form form, params ReadOnlySpan<string> types)
        where TOperation : struct, ILaneUnary
    {
        var type = form.Type(types);
        form.Code.Execute = type.Bytes == sizeof(uint)
            ? &LaneUnary<uint, TOperation>.RunToWord
            : &LaneUnary<ulong, TOperation>.RunToWord;
        form.Code.D = form.Target(U32);
        form.Code.A = form.Source(type);
    }

    private static void Find(Form form)
    {
        var type = form.Type("u32", "s32", "u64", "s64");
        form.Code.Execute = type.Name switch
        {
            "u32" => &LaneUnary<uint, HighestBit>.RunToWord,
            "s32" => &LaneUnary<int, HighestBit>.RunToWord,
            "u64" => &LaneUnary<ulong, HighestBit>.RunToWord,
            _ => &LaneUnary<long, HighestBit>.RunToWord,
        };
        form.Code.D = form.Target(U32);
        form.Code.A = form.Source(type);
    }

    private static void Funnel(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        var b = warp.Register<uint>(code->B);
        var c = warp.Register<uint>(code->C);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var both = ((ulong)b[lane] << 32) | a[lane];
            var amount = (int)((code->Mode & 2) == 0 ? c[lane] & 31 : Math.Min(c[lane], 32));
            d[lane] = (code->Mode & 1) == 0 ? (uint)(both << amount >> 32) : (uint)(both >> amount);
        }
    }

    private static void Logic3(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        var b = warp.Register<uint>(code->B);
        var c = warp.Register<uint>(code->C);
        for (var v = 0; v < Warp.Size / Vector512<uint>.Count; v++)
        {
            var at = v * Vector512<uint>.Count;
            var (va, vb, vc) = (Vector512.Load(a + at), Vector512.Load(b + at), Vector512.Load(c + at));
            var result = Vector512<uint>.Zero;
            for (var row = 0; row < 8; row++) // of the truth table
            {
                if ((code->Mode >> row & 1) != 0)
                    result |= ((row & 4) != 0 ? va : ~va) & ((row & 2) != 0 ? vb : ~vb) & ((row & 1) != 0 ? vc : ~vc);
            }

            warp.Store(d, v, result);
        }
    }

    private static void Permute(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        var b = warp.Register<uint>(code->B);
        var c = warp.Register<uint>(code->C);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var both = ((ulong)b[lane] << 32) | a[lane];
            var result = 0u;
            for (var n = 0; n < 4; n++)
            {
                var selector = c[lane] >> (4 * n);
                var picked = (byte)(both >> (int)(8 * (selector & 7)));
                if ((selector & 8) != 0)
                    picked = (byte)((sbyte)picked >> 7); // its sign, eight times
                result |= (uint)picked << (8 * n);
            }

            d[lane] = result;
        }
    }

    private static class ShiftBy<T, TShift>
        where T : unmanaged, IBinaryInteger<T>
        where TShift : struct, IShift
    {
        public static void Run(Warp warp, Instruction* code)
        {
            var d = warp.Register<T>(code->D);
            var a = warp.Register<T>(code->A);
            var amounts = warp.Register<uint>(code->B);
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                if ((warp.Active >> lane & 1) != 0)
                    d[lane] = TShift.Apply(a[lane], (int)Math.Min(amounts[lane], (uint)(sizeof(T) * 8)), sizeof(T) * 8);
            }
        }
    }

    private interface IShift
    {
        static abstract T Apply<T>(T a, int amount, int bits)
            where T : unmanaged, IBinaryInteger<T>;
    }

    private readonly struct ShiftLeft : IShift
    {
        public static T Apply<T>(T a, int amount, int bits)
            where T : unmanaged, IBinaryInteger<T> => amount == bits ? T.Zero : a << amount;
    }

    private readonly struct ShiftRight : IShift
    {
        public static T Apply<T>(T a, int amount, int bits)
            where T : unmanaged, IBinaryInteger<T> => amount == bits ? (T.IsNegative(a) ? ~T.Zero : T.Zero) : a >> amount;
    }

    private readonly struct And : IBinary
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a & b;
    }

    private readonly struct Or : IBinary
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a | b;
    }

    private readonly struct Xor : IBinary
    {
        public static Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a ^ b;
    }

    private readonly struct Not : IUnary
    {
        public static Vector512<T> Apply<T>(Vector512<T> a)
            where T : unmanaged => ~a;
    }

    private readonly struct PopulationCount : ILaneUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.PopCount(a);
    }

    private readonly struct LeadingZeros : ILaneUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => T.LeadingZeroCount(a);
    }

    private readonly struct Reverse : ILaneUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            var result = T.Zero;
            for (var n = 0; n < sizeof(T) * 8; n++)
                result = (result << 1) | ((a >> n) & T.One);
            return result;
        }
    }

    /// <summary>The place of the highest bit that differs from the sign; all bits set if there is none.</summary>
    private readonly struct HighestBit : ILaneUnary
    {
        public static T Apply<T>(T a)
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        {
            var bits = T.IsNegative(a) ? ~a : a;
            return T.CreateTruncating((sizeof(T) * 8) - 1 - int.CreateTruncating(T.LeadingZeroCount(bits)));
        }
    }
}
