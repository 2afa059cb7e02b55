using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Conversions between types (<c>cvt</c>): of whole numbers and floats here, to the short floats in <see cref="ShortFloats"/>.
/// </summary>
internal static unsafe class Conversion
{
    private static readonly string[] Types =
        ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f16", "f32", "f64", "bf16x2", "bf16", "tf32"];

    public static void AddTo(InstructionSet set) => set.Add("cvt", Decode);

    private static void Decode(Form form)
    {
        var rounding = form.TakeAny("rni", "rzi", "rmi", "rpi", "rna", "rn", "rz", "rm", "rp");
        var isFlushed = form.Take("ftz");
        var isSaturated = form.Take("sat");
        var to = form.Type(Types);
        if (to.Kind == TypeKind.Bits)
        {
            ShortFloats.Decode(form, rounding, to, isFlushed || isSaturated);
            return;
        }

        var from = form.Type(Types);
        if (from.Name == "bf16" && to.Name == "f32" && rounding is null)
        {
            ShortFloats.DecodeWidening(form);
            return;
        }

        Check(form, rounding, from, to, isFlushed);
        var isFloat = (from.Kind == TypeKind.Float, to.Kind == TypeKind.Float);
        var conversion = form.Scope.Arena.Allocate<ValueConversion>(1);
        *conversion = new ValueConversion(
            from.Bytes, from.Kind, to.Bytes, to.Kind, Mode(rounding), rounding?.EndsWith('i') == true, isFlushed, isSaturated);
        form.Code.Immediate = (long)conversion;
        (form.Code.D, form.Code.RegisterBytes) = form.WideTarget(to);
        (form.Code.A, form.Code.Bytes) = form.WideSource(from);
        form.Code.Execute = isFloat == (false, true) && from.Name == "s32" && to.Name == "f32" && rounding == "rn" && !isSaturated
            ? &Unary<int, ToSingle>.Run
            : &Run;
    }

    // Which roundings a pair of types must have, and may have.
    private static void Check(Form form, string? rounding, PtxType from, PtxType to, bool isFlushed)
    {
        var isWhole = rounding is "rni" or "rzi" or "rmi" or "rpi";
        var isPlain = rounding is "rn" or "rz" or "rm" or "rp";
        var fits = (from.Kind == TypeKind.Float, to.Kind == TypeKind.Float) switch
        {
            (false, false) => rounding is null,
            (true, false) => isWhole,
            (false, true) => isPlain,
            _ when from.Bytes > to.Bytes => isPlain,
            _ when from.Bytes == to.Bytes => rounding is null || isWhole,
            _ => rounding is null,
        };
        if (!fits)
            throw form.Error($"the rounding {(rounding is null ? "is missing" : "." + rounding)} between {from} and {to}");
        if (isFlushed && from.Name != "f32" && to.Name != "f32")
            throw form.Error($".ftz does not fit {from} and {to}");
        if (from.Kind == TypeKind.Bits)
            throw form.Error($"{from} does not fit {to}");
    }

    private static RoundingMode Mode(string? rounding) => rounding?[..2] switch
    {
        "rz" => RoundingMode.TowardZero,
        "rm" => RoundingMode.Down,
        "rp" => RoundingMode.Up,
        _ => RoundingMode.Nearest,
    };

    private static void Run(Warp warp, Instruction* code)
    {
        ref readonly var conversion = ref *(ValueConversion*)code->Immediate;
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            Lanes.Write(warp, code->D, code->RegisterBytes, lane, conversion.Apply(Lanes.Read(warp, code->A, code->Bytes, lane)));
        }
    }

    private readonly struct ToSingle : IUnary
    {
        public static Vector512<T> Apply<T>(Vector512<T> a)
            where T : unmanaged => Vector512.ConvertToSingle(a.As<T, int>()).As<float, T>();
    }
}
