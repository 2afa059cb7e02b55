using System.Numerics;
using Xunit.Abstractions;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>Single instructions against C#, bit for bit, on random and extreme operands.</summary>
public sealed class ArithmeticTests(ITestOutputHelper output)
{
    private const int Count = 500;

    /// <summary>An instruction, and what it must give.</summary>
    /// <param name="Body">The instruction.</param>
    /// <param name="Result">The register of its result.</param>
    /// <param name="Expected">The same of the bits of three operands.</param>
    private sealed record Case(string Body, string Result, Func<ulong, ulong, ulong, ulong> Expected);

    private static readonly Case[] Singles =
    [
        Single("add.f32 %f0, %f1, %f2;", (a, b, _) => a + b),
        Single("add.rn.ftz.f32 %f0, %f1, %f2;", (a, b, _) => Flush(Flush(a) + Flush(b))),
        Single("add.sat.f32 %f0, %f1, %f2;", (a, b, _) => Saturate(a + b)),
        Single("sub.f32 %f0, %f1, %f2;", (a, b, _) => a - b),
        Single("mul.f32 %f0, %f1, %f2;", (a, b, _) => a * b),
        Single("mul.rn.f32 %f0, %f1, 0f40490FDB;", (a, _, _) => a * MathF.PI),
        Single("fma.rn.f32 %f0, %f1, %f2, %f3;", MathF.FusedMultiplyAdd),
        Single("div.rn.f32 %f0, %f1, %f2;", (a, b, _) => a / b),
        Single("rcp.rn.f32 %f0, %f1;", (a, _, _) => 1 / a),
        Single("sqrt.rn.f32 %f0, %f1;", (a, _, _) => MathF.Sqrt(a)),
        Single("min.f32 %f0, %f1, %f2;", (a, b, _) => Lesser(a, b)),
        Single("max.f32 %f0, %f1, %f2;", (a, b, _) => -Lesser(-a, -b)),
        Single("min.NaN.f32 %f0, %f1, %f2;", (a, b, _) => float.IsNaN(a) || float.IsNaN(b) ? float.NaN : Lesser(a, b)),
        Single("neg.f32 %f0, %f1;", (a, _, _) => -a),
        Single("abs.f32 %f0, %f1;", (a, _, _) => MathF.Abs(a)),
        Word("copysign.f32 %f0, %f1, %f2;", "%f0", (a, b, _) => (a & 0x80000000) | (b & 0x7FFFFFFF)),
        Truth("setp.lt.f32 %p0, %f1, %f2;", (a, b, _) => a < b),
        Truth("setp.ne.f32 %p0, %f1, %f2;", (a, b, _) => a < b || a > b),
        Truth("setp.neu.f32 %p0, %f1, %f2;", (a, b, _) => a != b),
        Truth("setp.equ.f32 %p0, %f1, %f2;", (a, b, _) => !(a < b) && !(a > b)),
        Truth("setp.geu.f32 %p0, %f1, %f2;", (a, b, _) => !(a < b)),
        Truth("setp.gtu.f32 %p0, %f1, %f2;", (a, b, _) => !(a <= b)),
        Truth("setp.num.f32 %p0, %f1, %f2;", (a, b, _) => !float.IsNaN(a) && !float.IsNaN(b)),
        Truth("setp.nan.f32 %p0, %f1, %f2;", (a, b, _) => float.IsNaN(a) || float.IsNaN(b)),
        Truth("setp.gt.f32 %p1, %f1, %f3; setp.le.or.f32 %p2|%p0, %f1, %f2, !%p1;", (a, b, c) => !(a <= b) || !(a > c)),
    ];

    private static readonly Case[] Doubles =
    [
        Double("add.f64 %fd0, %fd1, %fd2;", (a, b, _) => a + b),
        Double("fma.rn.f64 %fd0, %fd1, %fd2, %fd3;", Math.FusedMultiplyAdd),
        Double("div.rn.f64 %fd0, %fd1, %fd2;", (a, b, _) => a / b),
        Double("sqrt.rn.f64 %fd0, %fd1;", (a, _, _) => Math.Sqrt(a)),
    ];

    private static readonly Case[] Integers =
    [
        Word("add.s32 %r0, %r1, %r2;", (a, b, _) => a + b),
        Signed("add.sat.s32 %r0, %r1, %r2;", (a, b, _) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue)),
        Word("sub.u32 %r0, %r1, 5;", (a, _, _) => a - 5),
        Word("mul.lo.s32 %r0, %r1, %r2;", (a, b, _) => a * b),
        Word("mul.hi.u32 %r0, %r1, %r2;", (a, b, _) => (uint)((ulong)a * b >> 32)),
        Signed("mul.hi.s32 %r0, %r1, %r2;", (a, b, _) => (int)((long)a * b >> 32)),
        Word("mad.lo.u32 %r0, %r1, %r2, %r3;", (a, b, c) => (a * b) + c),
        Long("mul.wide.u32 %rd0, %r1, %r2;", (a, b, _) => (ulong)(uint)a * (uint)b),
        Long("mad.wide.s32 %rd0, %r1, %r2, %rd3;", (a, b, c) => (ulong)((long)(int)a * (int)b) + c),
        Long("mul.hi.u64 %rd0, %rd1, %rd2;", (a, b, _) => Math.BigMul(a, b, out _)),
        Long("add.u64 %rd0, %rd1, %rd2;", (a, b, _) => a + b),
        Signed("div.s32 %r0, %r1, %r2;", (a, b, _) => b == 0 ? -1 : b == -1 ? -a : a / b),
        Word("rem.u32 %r0, %r1, %r2;", (a, b, _) => b == 0 ? a : a % b),
        Signed("min.s32 %r0, %r1, %r2;", (a, b, _) => Math.Min(a, b)),
        Word("max.u32 %r0, %r1, %r2;", (a, b, _) => Math.Max(a, b)),
        Word("xor.b32 %r0, %r1, %r2;", (a, b, _) => a ^ b),
        Word("not.b32 %r0, %r1;", (a, _, _) => ~a),
        Word("shl.b32 %r0, %r1, %r2;", (a, b, _) => b > 31 ? 0 : a << (int)b),
        Word("shr.u32 %r0, %r1, 31;", (a, _, _) => a >> 31),
        Signed("shr.s32 %r0, %r1, %r2;", (a, b, _) => a >> (int)Math.Min((uint)b, 31)),
        Long("shl.b64 %rd0, %rd1, %r2;", (a, b, _) => (uint)b > 63 ? 0 : a << (int)(uint)b),
        Word("shf.l.wrap.b32 %r0, %r1, %r2, %r3;", (a, b, c) => (uint)((((ulong)b << 32) | a) << (int)(c & 31) >> 32)),
        Word("shf.r.clamp.b32 %r0, %r1, %r2, %r3;", (a, b, c) => (uint)((((ulong)b << 32) | a) >> (int)Math.Min(c, 32))),
        Word("popc.b32 %r0, %r1;", (a, _, _) => (uint)BitOperations.PopCount(a)),
        Word("clz.b32 %r0, %r1;", (a, _, _) => (uint)BitOperations.LeadingZeroCount(a)),
        Word("bfind.u32 %r0, %r1;", (a, _, _) => a == 0 ? uint.MaxValue : (uint)BitOperations.Log2(a)),
        Word("brev.b32 %r0, %r1;", (a, _, _) => Reverse(a)),
        Word(
            "and.b32 %r4, %r2, 63; and.b32 %r5, %r3, 63; bfe.u32 %r0, %r1, %r4, %r5;",
            (a, b, c) => Field(a, b & 63, c & 63, false)),
        Word(
            "and.b32 %r4, %r2, 63; and.b32 %r5, %r3, 63; bfe.s32 %r0, %r1, %r4, %r5;",
            (a, b, c) => Field(a, b & 63, c & 63, true)),
        Word("and.b32 %r4, %r3, 31; bfi.b32 %r0, %r1, %r2, %r4, 9;", (a, b, c) => Inserted(a, b, (int)(c & 31), 9)),
        Word("prmt.b32 %r0, %r1, %r2, 0x7610;", (a, b, _) => (a & 0xFFFF) | (b & 0xFFFF0000)),
        Word(
            "prmt.b32 %r0, %r1, %r2, 0xF0B4;",
            (a, b, _) => (b & 0xFF) | (SignOf(a >> 24) << 8) | ((a & 0xFF) << 16) | (SignOf(b >> 24) << 24)),
        Word("lop3.b32 %r0, %r1, %r2, %r3, 0xE8;", (a, b, c) => (a & b) | (a & c) | (b & c)),
        WordTruth("setp.lo.u32 %p0, %r1, %r2;", (a, b, _) => a < b),
        WordTruth("setp.ge.s32 %p0, %r1, %r2;", (a, b, _) => (int)a >= (int)b),
        Word("setp.eq.u32 %p1, %r1, %r2; selp.b32 %r0, %r3, %r2, %p1;", (a, b, c) => a == b ? c : b),
        Word("setp.gt.s32 %p1, %r1, 0; mov.b32 %r0, %r2; @!%p1 mov.b32 %r0, %r3;", (a, b, c) => (int)a > 0 ? b : c),
        Long("mov.b64 {%r4, %r5}, %rd1; mov.b64 %rd0, {%r5, %r4};", (a, _, _) => BitOperations.RotateRight(a, 32)),
        Word(
            "cvt.u16.u32 %h1, %r1; cvt.u16.u32 %h2, %r2; mul.lo.u16 %h0, %h1, %h2; cvt.u32.u16 %r0, %h0;",
            (a, b, _) => (ushort)(a * b)),
    ];

    public static TheoryData<string> Instructions => [.. Singles.Concat(Doubles).Concat(Integers).Select(one => one.Body)];

    [Theory]
    [MemberData(nameof(Instructions))]
    public void Gives_what_the_instruction_says(string body)
    {
        var random = TestRandom.Create(output);
        using var device = new InterpretedDevice();
        var one = Singles.Concat(Doubles).Concat(Integers).Single(one => one.Body == body);
        Func<Random, int, ulong[]> operands = Singles.Contains(one)
            ? TestValues.OfSingles
            : Doubles.Contains(one)
            ? TestValues.OfDoubles
            : TestValues.OfIntegers;
        var (a, b, c) = (operands(random, Count), operands(random, Count), operands(random, Count));
        var results = ScalarKernel.Run(device, one.Body, one.Result, a, b, c);
        for (var n = 0; n < Count; n++)
        {
            Assert.True(
                one.Expected(a[n], b[n], c[n]) == results[n],
                $"{a[n]:x} {b[n]:x} {c[n]:x}: {one.Expected(a[n], b[n], c[n]):x} is expected, not {results[n]:x}");
        }
    }

    private static Case Single(string body, Func<float, float, float, float> expected) =>
        new(body, "%f0", (a, b, c) => Canonical(expected(Real(a), Real(b), Real(c))));

    private static Case Truth(string body, Func<float, float, float, bool> expected) =>
        new(body, "%p0", (a, b, c) => expected(Real(a), Real(b), Real(c)) ? 1u : 0);

    private static Case WordTruth(string body, Func<uint, uint, uint, bool> expected) =>
        new(body, "%p0", (a, b, c) => expected((uint)a, (uint)b, (uint)c) ? 1u : 0);

    private static Case Double(string body, Func<double, double, double, double> expected) =>
        new(body, "%fd0", (a, b, c) =>
        {
            var (x, y, z) =
                (BitConverter.UInt64BitsToDouble(a), BitConverter.UInt64BitsToDouble(b), BitConverter.UInt64BitsToDouble(c));
            var result = expected(x, y, z);
            return double.IsNaN(result) ? 0x7FF8000000000000 : BitConverter.DoubleToUInt64Bits(result);
        });

    private static Case Word(string body, Func<uint, uint, uint, uint> expected) => Word(body, "%r0", expected);

    private static Case Word(string body, string result, Func<uint, uint, uint, uint> expected) =>
        new(body, result, (a, b, c) => expected((uint)a, (uint)b, (uint)c));

    private static Case Signed(string body, Func<int, int, int, int> expected) =>
        new(body, "%r0", (a, b, c) => (uint)expected((int)a, (int)b, (int)c));

    private static Case Long(string body, Func<ulong, ulong, ulong, ulong> expected) => new(body, "%rd0", expected);

    private static float Real(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static uint Canonical(float value) => float.IsNaN(value) ? 0x7FFFFFFF : BitConverter.SingleToUInt32Bits(value);

    private static float Flush(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;

    private static float Saturate(float value) => value > 0 ? Math.Min(value, 1) : 0;

    // A number before a NaN, the negative zero before the other.
    private static float Lesser(float a, float b) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Min(a, b);

    private static uint Reverse(uint value) =>
        Enumerable.Range(0, 32).Aggregate(0u, (reversed, n) => reversed | ((value >> n & 1) << (31 - n)));

    private static uint Field(uint value, uint position, uint length, bool isSigned)
    {
        var sign = isSigned && length > 0 ? value >> (int)Math.Min(position + length - 1, 31) & 1 : 0;
        var field = 0u;
        for (var n = 0; n < 32; n++)
            field |= (n < length && position + n <= 31 ? value >> (int)(position + n) & 1 : sign) << n;
        return field;
    }

    private static uint Inserted(uint field, uint into, int position, int length)
    {
        for (var n = 0; n < length && position + n < 32; n++)
            into = (into & ~(1u << (position + n))) | ((field >> n & 1) << (position + n));
        return into;
    }

    private static uint SignOf(uint value) => (value & 0x80) != 0 ? 0xFFu : 0;
}
