using Xunit.Abstractions;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>Lanes that part and meet again, loops of different lengths, ends, barriers.</summary>
public sealed class ControlFlowTests(ITestOutputHelper output)
{
    private const int Threads = 70;

    /// <summary>Collatz steps, with a branch in the loop, blocks out of order, and a jump back from two places.</summary>
    [Fact]
    public void Lanes_leave_loops_at_their_own_time()
    {
        const string Body = """
            and.b32 %r1, %r1, 1023;
            add.u32 %r1, %r1, 1;
            mov.b32 %r0, 0;
            bra Head;
            Odd:
            mad.lo.u32 %r1, %r1, 3, 1;
            bra Head;
            Head:
            setp.eq.u32 %p1, %r1, 1;
            @%p1 bra Done;
            add.u32 %r0, %r0, 1;
            and.b32 %r4, %r1, 1;
            setp.ne.u32 %p2, %r4, 0;
            @%p2 bra Odd;
            shr.u32 %r1, %r1, 1;
            bra Head;
            Done:
            """;
        using var device = new InterpretedDevice();
        var values = TestValues.OfIntegers(TestRandom.Create(output), 300);
        Assert.Equal(
            values.Select(value => Steps((value & 1023) + 1)), ScalarKernel.Run(device, Body, "%r0", values, values, values));

        static ulong Steps(ulong value)
        {
            var steps = 0ul;
            for (; value != 1; steps++)
                value = value % 2 == 0 ? value / 2 : (3 * value) + 1;
            return steps;
        }
    }

    /// <summary>All lanes that took either side are together again behind the branch, and in every round of a loop.</summary>
    [Fact]
    public void Lanes_meet_where_their_paths_do()
    {
        const string Body = """
            mov.b32 %r0, 0;
            mov.b32 %r5, 0;
            mov.u32 %r7, %laneid;
            Loop:
            and.b32 %r4, %r7, 3;
            setp.eq.u32 %p1, %r4, 0;
            @%p1 bra Next;
            setp.eq.u32 %p2, %r4, 1;
            @%p2 bra One;
            add.u32 %r7, %r7, 4;
            bra Next;
            One:
            add.u32 %r7, %r7, 8;
            Next:
            activemask.b32 %r6;
            popc.b32 %r6, %r6;
            add.u32 %r0, %r0, %r6;
            add.u32 %r5, %r5, 1;
            setp.lt.u32 %p3, %r5, 10;
            @%p3 bra Loop;
            """;
        using var device = new InterpretedDevice();
        var zeros = new ulong[64];
        var masks = ScalarKernel.Run(device, Body, "%r0", zeros, zeros, zeros);
        Assert.All(masks, (count, thread) => Assert.Equal(thread < 64 ? 320ul : 60, count));
    }

    /// <summary>A sum over a group in shared memory, halving, with barriers; some threads end before.</summary>
    [Fact]
    public void Barriers_order_what_a_group_shares()
    {
        const string Kernel = """
            .visible .entry kernel(.param .u64 in, .param .u64 out)
            {
                .shared .align 4 .b8 values[512];
                .reg .b32 %r<16>;
                .reg .b64 %rd<16>;
                .reg .pred %p<4>;
                mov.u32 %r1, %tid.x;
                setp.ge.u32 %p1, %r1, 128;
                @%p1 exit;
                mul.wide.u32 %rd1, %r1, 4;
                ld.param.u64 %rd2, [in];
                add.u64 %rd2, %rd2, %rd1;
                ld.global.u32 %r2, [%rd2];
                mov.b64 %rd3, values;
                add.u64 %rd3, %rd3, %rd1;
                st.shared.u32 [%rd3], %r2;
                mov.b32 %r3, 64;
                Half:
                bar.sync 0;
                setp.ge.u32 %p2, %r1, %r3;
                @%p2 bra Waits;
                mul.wide.u32 %rd4, %r3, 4;
                add.u64 %rd4, %rd3, %rd4;
                ld.shared.u32 %r4, [%rd4];
                ld.shared.u32 %r5, [%rd3];
                add.u32 %r5, %r5, %r4;
                st.shared.u32 [%rd3], %r5;
                Waits:
                shr.u32 %r3, %r3, 1;
                setp.ne.u32 %p3, %r3, 0;
                @%p3 bra Half;
                setp.ne.u32 %p2, %r1, 0;
                @%p2 bra End;
                ld.param.u64 %rd5, [out];
                st.global.u32 [%rd5], %r5;
                End:
                ret;
            }
            """;
        using var device = new InterpretedDevice();
        var random = TestRandom.Create(output);
        var values = Enumerable.Range(0, 128).Select(_ => random.Next(1000)).ToArray();
        var sum = device.Upload(new int[1]);
        device.Run(Kernel, 200, device.Upload(values), sum);
        Assert.Equal(values.Sum(), device.Download<int>(sum, 1)[0]);
    }

    [Fact]
    public void Barriers_count_what_threads_bring()
    {
        const string Kernel = """
            .visible .entry kernel(.param .u64 out)
            {
                .reg .b32 %r<8>;
                .reg .b64 %rd<4>;
                .reg .pred %p<4>;
                mov.u32 %r1, %tid.x;
                rem.u32 %r2, %r1, 3;
                setp.eq.u32 %p1, %r2, 0;
                bar.red.popc.u32 %r3, 0, %p1;
                bar.red.or.pred %p2, 0, %p1;
                bar.red.and.pred %p3, 0, !%p1;
                selp.u32 %r4, 1000, 0, %p2;
                selp.u32 %r5, 10000, 0, %p3;
                add.u32 %r3, %r3, %r4;
                add.u32 %r3, %r3, %r5;
                mul.wide.u32 %rd1, %r1, 4;
                ld.param.u64 %rd2, [out];
                add.u64 %rd2, %rd2, %rd1;
                st.global.u32 [%rd2], %r3;
                ret;
            }
            """;
        using var device = new InterpretedDevice();
        var counts = device.Upload(new int[Threads]);
        device.Run(Kernel, Threads, counts);
        Assert.All(device.Download<int>(counts, Threads), count => Assert.Equal(1000 + ((Threads + 2) / 3), count));
    }
}
