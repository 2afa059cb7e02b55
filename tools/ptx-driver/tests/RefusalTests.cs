namespace GpuLstm.PtxDriver.Tests;

/// <summary>Text that ptxas would refuse is refused, with the line and the reason.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("add.s32 %r1, %r2;", "too few operands")]
    [InlineData("add.s32 %r1, %r2, %r3, %r4;", "too many operands")]
    [InlineData("add.s32 %f1, %r2, %r3;", "%f1 of type .f32 does not fit .s32")]
    [InlineData("add.f32 %f1, %f2, %r3;", "%r3 of type .b32 does not fit .f32", true)]
    [InlineData("add.s64 %rd1, %rd2, %r3;", "%r3 of type .b32 does not fit .s64")]
    [InlineData("add.s32 %r1, %r2, %r99;", "%r99 is not declared")]
    [InlineData("add.s32 %r1, %r2, 5000000000;", "does not fit")]
    [InlineData("add.s32 %r1, %r2, 0f3F800000;", "does not fit")]
    [InlineData("add.rn.s32 %r1, %r2, %r3;", "a modifier does not fit")]
    [InlineData("add.ftz.f64 %fd1, %fd1, %fd1;", "do not fit .f64")]
    [InlineData("add.f32.rn %f1, %f2, %f3;", ".rn does not fit")]
    [InlineData("fma.f32 %f1, %f2, %f3, %f4;", ".rn is expected, not .f32")]
    [InlineData("frobnicate.s32 %r1;", "frobnicate is not interpreted")]
    [InlineData("div.f32 %f1, %f2, %f3;", "the rounding does not fit")]
    [InlineData("cvt.s32.f32 %r1, %f1;", "the rounding is missing")]
    [InlineData("cvt.rn.s32.f32 %r1, %f1;", "the rounding .rn")]
    [InlineData("cvt.rn.f32.f32 %f1, %f1;", "the rounding .rn")]
    [InlineData("ld.global.v4.f64 {%fd1, %fd1, %fd1, %fd1}, [%rd1];", "more than 16 bytes")]
    [InlineData("ld.global.v4.f32 {%f1, %f2}, [%rd1];", "4 registers are expected, not 2")]
    [InlineData("ld.global.f32 %f1, [%r1];", "cannot hold an address")]
    [InlineData("ld.global.f32 %f1, [words];", "words is in Shared memory")]
    [InlineData("ld.param.u64 %rd1, [memory+8];", "not within the parameters")]
    [InlineData("st.shared.u32 [words], %f1;", "%f1 of type .f32 does not fit .u32")]
    [InlineData("bra Nowhere;", "there is no label Nowhere")]
    [InlineData("@%r1 bra Here; Here:", "%r1 of type .b32 does not fit .pred")]
    [InlineData("setp.lo.s32 %p1, %r1, %r2;", ".lo does not fit .s32")]
    [InlineData("setp.gtu.s32 %p1, %r1, %r2;", ".gtu does not fit .s32")]
    [InlineData("mov.u32 %tid.x, %r1;", "cannot be written")]
    [InlineData("shfl.idx.b32 %r1, %r2, %r3, 31;", ".sync is expected")]
    [InlineData("cp.async.cg.shared.global [words], [%rd1], 8;", "the size does not fit")]
    [InlineData(
        "mma.sync.aligned.m16n8k16.row.col.f32.tf32.tf32.f32 {%f1, %f1, %f1, %f1}, {%r1}, {%r1}, {%f1, %f1, %f1, %f1};",
        "does not fit .tf32")]
    [InlineData("atom.global.add.b32 %r1, [%rd1], %r2;", ".add does not fit .b32")]
    [InlineData(".reg .b32 %r1;", "declared twice")]
    public void Instructions(string body, string message, bool bitsFit = false)
    {
        using var device = new InterpretedDevice();
        var error = InterpretedDevice.TryLoad(Text(body), out _, out var log);
        if (bitsFit)
        {
            Assert.True(error == 0, log); // untyped bits go with everything of their width
            return;
        }

        Assert.Equal(InterpretedDevice.InvalidPtx, error);
        Assert.Contains("line 8: ", log, StringComparison.Ordinal);
        Assert.Contains(message, log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".version 9.9\n.target sm_80\n.address_size 64\n", InterpretedDevice.InvalidPtx, "newer than")]
    [InlineData(".version 8.0\n.target sm_120\n.address_size 64\n", InterpretedDevice.NoBinaryForGpu, "sm_120")]
    [InlineData(".version 8.0\n.target sm_80\n.address_size 32\n", InterpretedDevice.InvalidPtx, "64 bits")]
    [InlineData(".version 8.0\n.target sm_75\n.address_size 64\n", InterpretedDevice.InvalidPtx, "needs .target sm_80")]
    public void Headers(string header, int expected, string message)
    {
        using var device = new InterpretedDevice();
        Assert.Equal(expected, InterpretedDevice.TryLoad(header + Text("cp.async.wait_all;"), out _, out var log));
        Assert.Contains(message, log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_ends()
    {
        using var device = new InterpretedDevice();
        Assert.Equal(
            InterpretedDevice.InvalidPtx,
            InterpretedDevice.TryLoad(".entry kernel() { .reg .b32 %r<2>; mov.b32 %r1, 0; }", out _, out var log));
        Assert.Contains("does not end", log, StringComparison.Ordinal);
    }

    // The body is line 8, with the header's three.
    private static string Text(string body) => $$"""
        .visible .entry kernel(.param .u64 memory)
        {
            .shared .align 16 .b8 words[256];
            .reg .b32 %r<16>; .reg .b64 %rd<8>; .reg .pred %p<4>; .reg .f32 %f<8>; .reg .f64 %fd<4>;
            {{body}}
            ret;
        }
        """;
}
