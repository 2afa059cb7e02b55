using Xunit.Abstractions;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>Loads and stores of every width and space, atomics, and copies that go on beside the threads.</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Threads = 70;

    [Theory]
    [InlineData("global", "v4.f32", "{%f1, %f2, %f3, %f4}", 16)]
    [InlineData("global", "v2.u64", "{%rd10, %rd11}", 16)]
    [InlineData("global", "v2.b32", "{%r5, %r6}", 8)]
    [InlineData("global", "v4.u8", "{%h1, %h2, %h3, %h4}", 4)]
    [InlineData("shared", "v4.f32", "{%f1, %f2, %f3, %f4}", 16)]
    [InlineData("shared", "v2.f32", "{%f1, %f2}", 8)]
    [InlineData("shared", "u64", "%rd10", 8)]
    [InlineData("shared", "s16", "%r5", 2)]
    [InlineData("shared", "u8", "%r5", 1)]
    [InlineData("local", "v2.f32", "{%f1, %f2}", 8)]
    public void Moves_what_it_is_given(string space, string type, string registers, int bytes)
    {
        var place = space switch
        {
            "shared" => $"mov.b64 %rd4, shared_space; mad.wide.u32 %rd4, %r1, {bytes}, %rd4;",
            "local" => "mov.b64 %rd4, local_space;",
            _ => "add.u64 %rd4, %rd3, %rd1;",
        };
        var kernel = $$"""
            .visible .entry kernel(.param .u64 in, .param .u64 scratch, .param .u64 out)
            {
                .shared .align 16 .b8 shared_space[{{Threads * bytes}}];
                .local .align 16 .b8 local_space[16];
                .reg .b16 %h<8>;
                .reg .b32 %r<8>;
                .reg .b64 %rd<16>;
                .reg .f32 %f<8>;
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %rd1, %r1, {{bytes}};
                ld.param.u64 %rd2, [in];
                ld.param.u64 %rd3, [scratch];
                add.u64 %rd2, %rd2, %rd1;
                ld.global.{{type}} {{registers}}, [%rd2];
                {{place}}
                st.{{space}}.{{type}} [%rd4], {{registers}};
                ld.volatile.{{space}}.{{type}} {{registers}}, [%rd4];
                ld.param.u64 %rd5, [out];
                add.u64 %rd5, %rd5, %rd1;
                st.global.{{type}} [%rd5], {{registers}};
                ret;
            }
            """;
        using var device = new InterpretedDevice();
        var content = new byte[Threads * bytes];
        TestRandom.Create(output).NextBytes(content);
        var result = device.Upload(new byte[content.Length]);
        device.Run(kernel, Threads, device.Upload(content), device.Upload(new byte[content.Length]), result);
        Assert.Equal(content, device.Download<byte>(result, content.Length));
    }

    [Fact]
    public void Generic_addresses_reach_every_space()
    {
        const string Kernel = """
            .const .align 4 .u32 constants[4] = {10, 20, 30, 40};
            .visible .entry kernel(.param .u64 in, .param .u64 out)
            {
                .shared .align 4 .b8 shared_space[280];
                .local .align 4 .b8 local_space[4];
                .reg .b32 %r<8>;
                .reg .b64 %rd<16>;
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %rd1, %r1, 4;
                ld.param.u64 %rd2, [in];
                add.u64 %rd2, %rd2, %rd1;
                ld.u32 %r2, [%rd2];
                mov.b64 %rd3, shared_space;
                cvta.shared.u64 %rd3, %rd3;
                add.u64 %rd3, %rd3, %rd1;
                st.u32 [%rd3], %r2;
                ld.u32 %r3, [%rd3];
                mov.b64 %rd4, local_space;
                cvta.local.u64 %rd4, %rd4;
                st.u32 [%rd4], %r3;
                ld.relaxed.gpu.u32 %r4, [%rd4];
                cvta.to.local.u64 %rd5, %rd4;
                ld.local.u32 %r5, [%rd5];
                add.u32 %r4, %r4, %r5;
                ld.const.u32 %r6, [constants+8];
                add.u32 %r4, %r4, %r6;
                ld.param.u64 %rd6, [out];
                add.u64 %rd6, %rd6, %rd1;
                st.release.gpu.global.u32 [%rd6], %r4;
                ret;
            }
            """;
        using var device = new InterpretedDevice();
        var random = TestRandom.Create(output);
        var values = Enumerable.Range(0, Threads).Select(_ => random.Next()).ToArray();
        var results = device.Upload(new int[Threads]);
        device.Run(Kernel, Threads, device.Upload(values), results);
        Assert.Equal(values.Select(value => unchecked((2 * value) + 30)), device.Download<int>(results, Threads));
    }

    /// <summary>Every thread updates the same word; one that adds up the old values has seen each state once.</summary>
    [Theory]
    [InlineData("atom.global.add.u32 %r3, [%rd2], %r1;", 5, 5 + (70 * 69 / 2))]
    [InlineData("red.global.max.s32 [%rd2], %r1;", 5, 69)]
    [InlineData("atom.relaxed.gpu.global.min.u32 %r3, [%rd2], %r1;", 5, 0)]
    [InlineData("atom.global.inc.u32 %r3, [%rd2], 6;", 0, 0)]
    [InlineData("red.or.global.b32 [%rd2], %r1;", 128, 255)] // in ILGPU's order
    [InlineData("atom.global.cas.b32 %r3, [%rd2], %r1, 7;", 3, 7)]
    [InlineData("cvt.rn.f32.u32 %f1, %r1; red.global.add.f32 [%rd2], %f1;", 0, 0x4516F000)] // 2415
    public void Atomics(string instruction, uint before, uint after)
    {
        using var device = new InterpretedDevice();
        var word = device.Upload(before);
        device.Run(
            $$"""
            .visible .entry kernel(.param .u64 word)
            {
                .reg .b32 %r<8>;
                .reg .b64 %rd<8>;
                .reg .f32 %f<8>;
                mov.u32 %r1, %tid.x;
                ld.param.u64 %rd2, [word];
                {{instruction}}
                ret;
            }
            """,
            Threads,
            word);
        Assert.Equal(after, device.Download<uint>(word, 1)[0]);
    }

    /// <summary>Two groups of copies; the second has zeros behind what it reads.</summary>
    [Fact]
    public void Copies_beside_the_threads_arrive()
    {
        const string Kernel = """
            .visible .entry kernel(.param .u64 in, .param .u64 out)
            {
                .shared .align 16 .b8 first[1024];
                .shared .align 16 .b8 second[1024];
                .reg .b32 %r<16>;
                .reg .b64 %rd<16>;
                .reg .pred %p<4>;
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %rd1, %r1, 16;
                ld.param.u64 %rd2, [in];
                add.u64 %rd2, %rd2, %rd1;
                mov.b64 %rd3, first;
                add.u64 %rd3, %rd3, %rd1;
                mov.b64 %rd4, second;
                add.u64 %rd4, %rd4, %rd1;
                cp.async.cg.shared.global [%rd3], [%rd2], 16;
                cp.async.commit_group;
                cp.async.ca.shared.global [%rd4], [%rd2], 16, 8;
                cp.async.commit_group;
                cp.async.wait_group 1;
                bar.sync 0;
                xor.b32 %r2, %r1, 1;
                mul.wide.u32 %rd5, %r2, 16;
                mov.b64 %rd6, first;
                add.u64 %rd6, %rd6, %rd5;
                ld.shared.v4.u32 {%r4, %r5, %r6, %r7}, [%rd6];
                cp.async.wait_all;
                ld.shared.v4.u32 {%r8, %r9, %r10, %r11}, [%rd4];
                add.u32 %r4, %r4, %r8;
                add.u32 %r5, %r5, %r9;
                add.u32 %r6, %r6, %r10;
                add.u32 %r7, %r7, %r11;
                ld.param.u64 %rd7, [out];
                add.u64 %rd7, %rd7, %rd1;
                st.global.v4.u32 [%rd7], {%r4, %r5, %r6, %r7};
                ret;
            }
            """;
        using var device = new InterpretedDevice();
        var random = TestRandom.Create(output);
        var values = Enumerable.Range(0, 256).Select(_ => random.Next(1 << 20)).ToArray();
        var results = device.Upload(new int[256]);
        device.Run(Kernel, 64, device.Upload(values), results);
        Assert.Equal(
            values.Select((value, n) => values[n ^ 4] + (n % 4 < 2 ? value : 0)),
            device.Download<int>(results, 256));
    }

    [Fact]
    public void Dynamic_shared_memory_lies_behind_the_static_one()
    {
        const string Kernel = """
            .extern .shared .align 16 .b8 dynamic[];
            .visible .entry kernel(.param .u64 out)
            {
                .shared .align 4 .b8 fixed[20];
                .reg .b32 %r<4>;
                .reg .b64 %rd<4>;
                mov.b64 %rd1, dynamic;
                mov.u32 %r1, %tid.x;
                mad.wide.u32 %rd1, %r1, 4, %rd1;
                st.shared.u32 [%rd1], %r1;
                mov.u32 %r2, dynamic;
                mov.u32 %r3, %dynamic_smem_size;
                add.u32 %r2, %r2, %r3;
                ld.param.u64 %rd2, [out];
                st.global.u32 [%rd2], %r2;
                ret;
            }
            """;
        using var device = new InterpretedDevice();
        var place = device.Upload(new int[1]);
        InterpretedDevice.Check(InterpretedDevice.Launch(device.Load(Kernel), 1, 1, 128, 0, place));
        Assert.Equal(32 + 128, device.Download<int>(place, 1)[0]);
    }
}
