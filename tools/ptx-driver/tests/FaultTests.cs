namespace GpuLstm.PtxDriver.Tests;

/// <summary>
/// Kernels with a fault each: the interpreter sees it, says where it is, and everything in the context fails from then on.
/// </summary>
public sealed class FaultTests
{
    private const int Threads = 64;

    [Theory]
    [InlineData(64, 0, "")]
    [InlineData(63, InterpretedDevice.IllegalAddress, "0 bytes behind an allocation of 252 bytes (group 0,0,0, thread 63,0,0)")]
    public void Global_accesses_stay_within_allocations(int length, int error, string message) =>
        Fails("st.global.u32 [%rd2], %r1;", error, message, length);

    [Theory]
    [InlineData("st.global.u32 [%rd2+1], %r1;", InterpretedDevice.MisalignedAddress, "are not aligned")]
    [InlineData("ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%rd2];", InterpretedDevice.MisalignedAddress, "thread 1,0,0")]
    [InlineData("ld.shared.v2.u32 {%r2, %r3}, [%rd3+4];", InterpretedDevice.MisalignedAddress, "thread 0,0,0")]
    [InlineData(
        "st.shared.u32 [%rd3+4], %r1;", InterpretedDevice.IllegalAddress,
        "not within the 256 bytes of shared memory (group 0,0,0, thread 63,0,0)")]
    [InlineData("ld.local.u32 %r2, [%rd3];", InterpretedDevice.IllegalAddress, "of local memory")]
    [InlineData("trap;", InterpretedDevice.LaunchFailed, "gave up")]
    public void Accesses_are_aligned_and_within_their_space(string body, int error, string message) =>
        Fails(body, error, message);

    [Theory]
    [InlineData("st.shared.u32 [%rd3], %r1; ld.shared.u32 %r2, [%rd4];", "thread 1 wrote it since the last barrier")]
    [InlineData(
        "st.shared.u32 [%rd3], %r1; bar.sync 0; ld.shared.u32 %r2, [%rd4]; st.shared.u32 [%rd3], %r1;",
        "read it since the last barrier")]
    [InlineData(
        "and.b32 %r2, %r1, 31; mad.wide.u32 %rd4, %r2, 4, %rd5; st.shared.u32 [%rd4], %r1;",
        "is written, but thread 0 wrote it since the last barrier (group 0,0,0, thread 32,0,0)")]
    [InlineData(
        "cp.async.ca.shared.global [%rd3], [%rd2], 4; bar.sync 0; ld.shared.u32 %r2, [%rd3];",
        "a copy that has not been waited for")]
    [InlineData(
        "st.shared.u32 [%rd3], %r1; bar.warp.sync -1; ld.shared.u32 %r2, [%rd4];",
        "thread 31 read it since the last barrier (group 0,0,0, thread 32,0,0)")]
    public void Races_in_shared_memory(string body, string message) => Fails(body, InterpretedDevice.LaunchFailed, message);

    [Theory]
    [InlineData("st.shared.u32 [%rd3], %r1; bar.sync 0; ld.shared.u32 %r2, [%rd4];")]
    [InlineData("st.shared.u32 [%rd3], %r1; ld.shared.u32 %r2, [%rd3]; st.shared.u32 [%rd3], %r2;")]
    [InlineData(
        "st.shared.u32 [%rd3], %r1; bar.warp.sync -1; xor.b32 %r2, %r1, 1; mad.wide.u32 %rd4, %r2, 4, %rd5; "
        + "ld.shared.u32 %r2, [%rd4];")]
    [InlineData(
        "mov.b32 %r2, 0; setp.eq.u32 %p1, %r1, 0; @%p1 st.shared.u32 [%rd5], %r2; bar.sync 0; "
        + "red.shared.add.u32 [%rd5], 1; bar.sync 0; ld.shared.u32 %r2, [%rd5];")]
    [InlineData(
        "ld.shared.u32 %r2, [%rd3]; add.u32 %r2, %r2, 1; setp.lt.u32 %p1, %r1, 99; selp.u32 %r2, 7, %r2, %p1; "
        + "st.global.u32 [%rd2], %r2;")]
    [InlineData("cp.async.ca.shared.global [%rd3], [%rd2], 4; cp.async.wait_all; bar.sync 0; ld.shared.u32 %r2, [%rd4];")]
    public void What_is_in_order_passes(string body) => Fails(body, 0, "");

    [Theory]
    [InlineData(
        "ld.shared.u32 %r2, [%rd3]; add.u32 %r2, %r2, 1; st.global.u32 [%rd2], %r2;",
        "uses what line 17 read from shared memory")]
    [InlineData(
        "ld.shared.u32 %r2, [%rd3]; setp.eq.u32 %p1, %r2, 0; @%p1 bra Away; Away:", "uses what line 17 read from shared memory")]
    [InlineData(
        "ld.shared.u32 %r2, [%rd3]; st.shared.u32 [%rd3], %r2; ld.shared.u32 %r3, [%rd3]; st.global.u32 [%rd2], %r3;",
        "it was unwritten")]
    public void Shared_memory_is_written_before_its_content_is_used(string body, string message) =>
        Fails(body, InterpretedDevice.LaunchFailed, message);

    [Theory]
    [InlineData(
        "setp.lt.u32 %p1, %r1, 40; @%p1 mov.b32 %r9, 1; add.u32 %r2, %r9, 1;",
        "reads a register before it is written (group 0,0,0, thread 40,0,0)")]
    [InlineData("add.u32 %r2, %r9, 1;", "reads a register before it is written (group 0,0,0, thread 0,0,0)")]
    [InlineData("setp.lt.u32 %p1, %r1, 7; @%p1 bra Set; bra Use; Set: mov.b32 %r9, 1; Use: add.u32 %r2, %r9, 1;", "thread 7,0,0")]
    [InlineData(
        "setp.lt.u32 %p1, %r1, 40; @%p1 bar.sync 0;", "reached by a part of the warp's threads while others are elsewhere")]
    [InlineData(
        "setp.lt.u32 %p1, %r1, 32; @%p1 bra One; bar.sync 1; bra Both; One: bar.sync 2; Both:",
        "another barrier than other threads of the group")]
    [InlineData("setp.lt.u32 %p1, %r1, 8; @%p1 shfl.sync.idx.b32 %r2, %r1, 0, 31, 0xFFFFFFFF;", "of ffffffff are elsewhere")]
    [InlineData("shfl.sync.idx.b32 %r2, %r1, 0, 31, 0xFFFF;", "do not name each other (group 0,0,0, thread 16,0,0)")]
    [InlineData("setp.lt.u32 %p1, %r1, 40; @%p1 bar.warp.sync -1;", "are elsewhere")]
    [InlineData(
        "setp.lt.u32 %p1, %r1, 40; mov.f32 %f1, 0f00000000; @%p1 mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%f1, %f2, "
        + "%f3, %f4}, {%r1, %r1}, {%r1}, {%f1, %f1, %f1, %f1};",
        "needs all 32 threads")]
    public void Other_faults(string body, string message) => Fails(body, InterpretedDevice.LaunchFailed, message);

    [Fact]
    public void Freed_memory_is_not_there()
    {
        using var device = new InterpretedDevice();
        InterpretedDevice.Check(InterpretedDevice.Allocate(256, out var address));
        InterpretedDevice.Check(InterpretedDevice.Free(address));
        Assert.Equal(InterpretedDevice.IllegalAddress, device.Fail(Kernel("st.global.u32 [%rd2], %r1;"), Threads, address));
        Assert.Equal(InterpretedDevice.IllegalAddress, InterpretedDevice.Allocate(256, out _)); // everything fails from now on
        Assert.Contains("line 17: st.global.u32", InterpreterLibrary.LastMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Launches_keep_to_what_the_kernel_and_the_device_can()
    {
        using var device = new InterpretedDevice();
        var kernel = device.Load(".extern .shared .align 4 .b8 dynamic[];\n" + Kernel("", ".maxntid 64, 1, 1"));
        Assert.Equal(InterpretedDevice.InvalidValue, InterpretedDevice.Launch(kernel, 1, 65, 0, 0, 0));
        Assert.Contains("compiled for 64 at most", InterpreterLibrary.LastMessage(), StringComparison.Ordinal);
        Assert.Equal(InterpretedDevice.InvalidValue, InterpretedDevice.Launch(kernel, 1, 64, 49152, 0, 0));
        Assert.Contains("may be asked for", InterpreterLibrary.LastMessage(), StringComparison.Ordinal);
        Assert.Equal(InterpretedDevice.InvalidValue, InterpretedDevice.AllowDynamicShared(kernel, 228 * 1024));
        InterpretedDevice.Check(InterpretedDevice.AllowDynamicShared(kernel, 49152));
        InterpretedDevice.Check(InterpretedDevice.Launch(kernel, 1, 64, 49152, 0, 0));
        Assert.Equal(InterpretedDevice.InvalidValue, InterpretedDevice.Launch(device.Load(Kernel("")), 1, 1025, 0, 0, 0));
        Assert.Equal(InterpretedDevice.OutOfMemory, InterpretedDevice.Allocate(1L << 40, out _));
    }

    private static void Fails(string body, int error, string message, int length = Threads)
    {
        using var device = new InterpretedDevice();
        var memory = device.Upload(new int[length]);
        Assert.Equal(error, device.Fail(Kernel(body), Threads, memory));
        if (error != 0)
            Assert.Contains(message, InterpreterLibrary.LastMessage(), StringComparison.Ordinal);
    }

    // Its body has the thread in %r1, its element of global memory in %rd2, and in shared memory its own in %rd3, the next
    // thread's in %rd4, and the first in %rd5; it begins in line 17.
    private static string Kernel(string body, string directives = "") => $$"""
        .visible .entry kernel(.param .u64 memory) {{directives}}
        {
            .shared .align 4 .b8 words[256];
            .reg .b32 %r<16>; .reg .b64 %rd<8>; .reg .pred %p<4>; .reg .f32 %f<8>;
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd1, %r1, 4;
            ld.param.u64 %rd2, [memory];
            add.u64 %rd2, %rd2, %rd1;
            mov.b64 %rd5, words;
            add.u64 %rd3, %rd5, %rd1;
            add.u32 %r8, %r1, 1;
            and.b32 %r8, %r8, 63;
            mad.wide.u32 %rd4, %r8, 4, %rd5;
            {{body}}
            ret;
        }
        """;
}
