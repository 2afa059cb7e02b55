using Xunit.Abstractions;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>Conversions against C#, bit for bit.</summary>
public sealed class ConversionTests(ITestOutputHelper output)
{
    private const int Count = 500;

    private static readonly Dictionary<string, (string Result, Func<ulong, ulong> Expected)> OfIntegers = new()
    {
        ["cvt.rn.f32.s32 %f0, %r1;"] = ("%f0", a => Bits((int)a)),
        ["cvt.rn.f32.u32 %f0, %r1;"] = ("%f0", a => Bits((uint)a)),
        ["cvt.rn.f32.u64 %f0, %rd1;"] = ("%f0", a => Bits((float)a)),
        ["cvt.rz.f32.s32 %f0, %r1;"] = ("%f0", a => Bits(TowardZero((int)a))),
        ["cvt.rn.f64.s64 %fd0, %rd1;"] = ("%fd0", a => BitConverter.DoubleToUInt64Bits((long)a)),
        ["cvt.s64.s32 %rd0, %r1;"] = ("%rd0", a => (ulong)(int)a),
        ["cvt.u64.u32 %rd0, %r1;"] = ("%rd0", a => (uint)a),
        ["cvt.s32.s8 %r0, %r1;"] = ("%r0", a => (uint)(sbyte)a),
        ["cvt.u32.u8 %r0, %r1;"] = ("%r0", a => (byte)a),
        ["cvt.sat.u8.s32 %r0, %r1;"] = ("%r0", a => (uint)Math.Clamp((int)a, 0, 255)),
        ["cvt.sat.s16.s32 %r0, %r1;"] = ("%r0", a => (uint)Math.Clamp((int)a, short.MinValue, short.MaxValue)),
    };

    private static readonly Dictionary<string, (string Result, Func<ulong, ulong> Expected)> OfSingles = new()
    {
        ["cvt.rni.s32.f32 %r0, %f1;"] = ("%r0", a => Whole(MathF.Round(Real(a), MidpointRounding.ToEven))),
        ["cvt.rzi.s32.f32 %r0, %f1;"] = ("%r0", a => Whole(MathF.Truncate(Real(a)))),
        ["cvt.rmi.s32.f32 %r0, %f1;"] = ("%r0", a => Whole(MathF.Floor(Real(a)))),
        ["cvt.rpi.s32.f32 %r0, %f1;"] = ("%r0", a => Whole(MathF.Ceiling(Real(a)))),
        ["cvt.rzi.u32.f32 %r0, %f1;"] =
            ("%r0", a => float.IsNaN(Real(a)) ? 0 : (uint)Math.Clamp(Math.Truncate((double)Real(a)), 0, uint.MaxValue)),
        ["cvt.rni.f32.f32 %f0, %f1;"] = ("%f0", a => Bits(MathF.Round(Real(a), MidpointRounding.ToEven))),
        ["cvt.f64.f32 %fd0, %f1;"] =
            ("%fd0", a => float.IsNaN(Real(a)) ? 0x7FF8000000000000 : BitConverter.DoubleToUInt64Bits(Real(a))),
        ["cvt.sat.f32.f32 %f0, %f1;"] = ("%f0", a => Bits(Real(a) > 0 ? MathF.Min(Real(a), 1) : 0)),
        ["cvt.rn.f16.f32 %h0, %f1; cvt.f32.f16 %f0, %h0;"] = ("%f0", a => Bits((float)(Half)Real(a))),
        ["cvt.rna.tf32.f32 %r0, %f1;"] =
            ("%r0", a => float.IsNaN(Real(a)) ? 0x7FFFFFFF : Bits(Shortened(Real(a), 13, MidpointRounding.AwayFromZero))),
        ["cvt.rn.bf16.f32 %h0, %f1; cvt.u32.u16 %r0, %h0;"] = ("%r0", a => Bf16(Real(a))),
        ["cvt.rn.bf16x2.f32 %r0, %f1, 0f3F800000;"] = ("%r0", a => (Bf16(Real(a)) << 16) | 0x3F80),
    };

    private static readonly Dictionary<string, (string Result, Func<ulong, ulong> Expected)> OfDoubles = new()
    {
        ["cvt.rn.f32.f64 %f0, %fd1;"] = ("%f0", a => Bits((float)BitConverter.UInt64BitsToDouble(a))),
        ["cvt.rzi.s64.f64 %rd0, %fd1;"] = ("%rd0", a => WholeOf(BitConverter.UInt64BitsToDouble(a))),
    };

    public static TheoryData<string> Instructions => [.. OfIntegers.Keys.Concat(OfSingles.Keys).Concat(OfDoubles.Keys)];

    [Theory]
    [MemberData(nameof(Instructions))]
    public void Gives_what_the_instruction_says(string body)
    {
        var random = TestRandom.Create(output);
        using var device = new InterpretedDevice();
        var (operands, cases) = OfIntegers.ContainsKey(body) ? (TestValues.OfIntegers(random, Count), OfIntegers)
            : OfSingles.ContainsKey(body) ? (TestValues.OfSingles(random, Count), OfSingles)
            : (TestValues.OfDoubles(random, Count), OfDoubles);
        var (result, expected) = cases[body];
        var results = ScalarKernel.Run(device, body, result, operands, operands, operands);
        for (var n = 0; n < Count; n++)
        {
            Assert.True(
                expected(operands[n]) == results[n],
                $"{operands[n]:x}: {expected(operands[n]):x} is expected, not {results[n]:x}");
        }
    }

    private static float Real(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static uint Bits(float value) => float.IsNaN(value) ? 0x7FFFFFFF : BitConverter.SingleToUInt32Bits(value);

    private static uint Whole(float value) =>
        float.IsNaN(value) ? 0 : (uint)(int)Math.Clamp((double)value, int.MinValue, int.MaxValue);

    private static ulong WholeOf(double value) => double.IsNaN(value) ? 1UL << 63
        : value >= long.MaxValue ? long.MaxValue
        : value <= long.MinValue ? 1UL << 63
        : (ulong)(long)value;

    private static float TowardZero(int value)
    {
        var nearest = (float)value;
        return Math.Abs((double)nearest) > Math.Abs((double)value)
            ? (value > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest))
            : nearest;
    }

    // Without its low bits: by arithmetic on the distance between neighbours, where the interpreter adds to the bits.
    private static float Shortened(float value, int bits, MidpointRounding rounding)
    {
        if (value == 0 || float.IsInfinity(value))
            return value;
        var step = Math.ScaleB(1, Math.Max(Math.ILogB(value), -126) - 23 + bits);
        return (float)Math.CopySign(Math.Round(value / step, rounding) * step, value);
    }

    private static uint Bf16(float value) =>
        float.IsNaN(value) ? 0x7FFF : BitConverter.SingleToUInt32Bits(Shortened(value, 16, MidpointRounding.ToEven)) >> 16;
}
