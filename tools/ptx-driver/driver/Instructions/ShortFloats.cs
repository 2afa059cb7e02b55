using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// The upper bits of a float32: tf32 (8 bits of exponent, 10 of mantissa) and bf16 (8 and 7), for products of matrices.
/// </summary>
internal static unsafe class ShortFloats
{
    private const uint NaN = 0x7FFFFFFF;
    private const int Tf32Dropped = 13;
    private const int Bf16Dropped = 16;

    private static readonly PtxType F32 = PtxType.Find("f32")!;
    private static readonly PtxType B32 = PtxType.Find("b32")!;
    private static readonly PtxType B16 = PtxType.Find("b16")!;

    /// <summary>What a product of matrices takes of a tf32 operand: the low bits are ignored.</summary>
    public static float Tf32(uint bits) => BitConverter.UInt32BitsToSingle(bits >> Tf32Dropped << Tf32Dropped);

    public static float Bf16(uint bits) => BitConverter.UInt32BitsToSingle(bits << Bf16Dropped);

    /// <summary>Decodes <c>cvt</c> from the source's type on.</summary>
    public static void Decode(Form form, string? rounding, PtxType to, bool hasFurtherModifier)
    {
        form.Expect("f32");
        form.RequireTarget(80);
        form.Code.Execute = (to.Name, rounding) switch
        {
            ("tf32", "rna") => &ToTf32,
            ("bf16", "rn") => &ToBf16,
            ("bf16x2", "rn") => &ToBf16Pair,
            _ => throw form.Error($"the rounding does not fit {to}, or is not interpreted"),
        };
        if (hasFurtherModifier)
            throw form.Error($".ftz and .sat do not fit {to}");
        form.Code.D = form.Target(to.Bytes == sizeof(uint) ? B32 : B16);
        form.Code.A = form.Source(F32);
        if (to.Name == "bf16x2")
            form.Code.B = form.Source(F32);
    }

    /// <summary>Decodes <c>cvt.f32.bf16</c>.</summary>
    public static void DecodeWidening(Form form)
    {
        form.RequireTarget(90);
        form.Code.D = form.Target(F32);
        form.Code.A = form.Source(B16);
        form.Code.Execute = &FromBf16;
    }

    private static void ToTf32(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            // halves away from 0
            d[lane] = IsNaN(a[lane]) ? NaN : (a[lane] + (1u << (Tf32Dropped - 1))) >> Tf32Dropped << Tf32Dropped;
        }
    }

    private static void ToBf16(Warp warp, Instruction* code)
    {
        var d = warp.Register<ushort>(code->D);
        var a = warp.Register<uint>(code->A);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            d[LaneMask.First(lanes)] = RoundToBf16(a[LaneMask.First(lanes)]);
    }

    // The first source goes to the upper half.
    private static void ToBf16Pair(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        var b = warp.Register<uint>(code->B);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            d[lane] = ((uint)RoundToBf16(a[lane]) << Bf16Dropped) | RoundToBf16(b[lane]);
        }
    }

    private static void FromBf16(Warp warp, Instruction* code)
    {
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<ushort>(code->A);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            d[LaneMask.First(lanes)] = (uint)a[LaneMask.First(lanes)] << Bf16Dropped;
    }

    // To the nearest, halves to the even one.
    private static ushort RoundToBf16(uint bits) => IsNaN(bits)
        ? (ushort)(NaN >> Bf16Dropped)
        : (ushort)((bits + 0x7FFF + (bits >> Bf16Dropped & 1)) >> Bf16Dropped);

    private static bool IsNaN(uint bits) => (bits & 0x7FFFFFFF) > 0x7F800000;
}
