using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Copies between registers, packing and unpacking (<c>mov</c>), and changes of address space (<c>cvta</c>).</summary>
internal static unsafe class Moves
{
    private static readonly PtxType U64 = PtxType.Find("u64")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("mov", Move);
        set.Add("cvta", form =>
        {
            var isToSpace = form.Take("to");
            var space = form.OneOf("global", "shared", "local", "const") switch
            {
                "shared" => StateSpace.Shared,
                "local" => StateSpace.Local,
                _ => StateSpace.Global,
            };
            form.Expect("u64");
            Arithmetic.UnaryOperands(form, U64, &Shift);
            form.Code.Immediate = (long)AddressWindow.StartOf(space) * (isToSpace ? -1 : 1);
        });
    }

    private static void Move(Form form)
    {
        var type = form.Type("pred", "b16", "b32", "b64", "u16", "u32", "u64", "s16", "s32", "s64", "f32", "f64");
        if (form.IsVector)
        {
            Unpack(form, type);
            return;
        }

        form.Code.D = form.Target(type);
        if (form.IsVector)
        {
            (form.Code.Count, form.Code.RegisterBytes) = (form.VectorLength, type.Bytes);
            SetParts(form, form.VectorSource(form.Code.Count, Part(form, type), mayBeWider: false));
            form.Code.Execute = &Pack;
            return;
        }

        form.Code.A = type.Kind == TypeKind.Predicate ? form.PredicateSource(out form.Code.NegatedSource) : form.Source(type);
        if (form.Code.NegatedSource)
            throw form.Error("mov takes no negated predicate");
        form.Code.Execute = type.Bytes switch
        {
            0 => &Predicates.Move,
            2 => &Unary<ushort, Same>.Run,
            4 => &Unary<uint, Same>.Run,
            _ => &Unary<ulong, Same>.Run,
        };
    }

    private static void Unpack(Form form, PtxType type)
    {
        (form.Code.Count, form.Code.RegisterBytes) = (form.VectorLength, type.Bytes);
        SetParts(form, form.VectorTarget(form.Code.Count, Part(form, type), mayBeWider: false));
        form.Code.A = form.Source(type);
        form.Code.Execute = &Unpack;
    }

    private static void SetParts(Form form, RegisterList parts)
    {
        form.Code.List = parts.Offsets;
        form.Code.Bytes = parts.RegisterBytes;
    }

    private static PtxType Part(Form form, PtxType type) =>
        type.Kind == TypeKind.Bits
            && form.Code.Count is 2 or 4
            && PtxType.Find($"b{type.Bytes * 8 / form.Code.Count}") is { Bytes: >= 2 } part
            ? part
            : throw form.Error($"{type} cannot be made of {form.Code.Count} registers");

    private static void Pack(Warp warp, Instruction* code)
    {
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var whole = 0UL;
            for (var n = 0; n < code->Count; n++)
                whole |= Lanes.Read(warp, code->List[n], code->Bytes, lane) << (n * code->Bytes * 8);
            Lanes.Write(warp, code->D, code->RegisterBytes, lane, whole);
        }
    }

    private static void Unpack(Warp warp, Instruction* code)
    {
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var whole = Lanes.Read(warp, code->A, code->RegisterBytes, lane);
            for (var n = 0; n < code->Count; n++)
                Lanes.Write(warp, code->List[n], code->Bytes, lane, whole >> (n * code->Bytes * 8));
        }
    }

    private static void Shift(Warp warp, Instruction* code)
    {
        var d = warp.Register<ulong>(code->D);
        var a = warp.Register<ulong>(code->A);
        for (var v = 0; v < Warp.Size / Vector512<ulong>.Count; v++)
            warp.Store(d, v, Vector512.Load(a + (v * Vector512<ulong>.Count)) + Vector512.Create((ulong)code->Immediate));
    }

    private readonly struct Same : IUnary
    {
        public static Vector512<T> Apply<T>(Vector512<T> a)
            where T : unmanaged => a;
    }
}
