using Xunit.Abstractions;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>What the lanes of a warp do together, against the definitions.</summary>
public sealed class WarpTests(ITestOutputHelper output)
{
    private const int Lanes = 32;
    private const string Everybody = "0xFFFFFFFF";

    [Theory]
    [InlineData("idx", "7", "0x1F")]
    [InlineData("idx", "%r2", "0x1F")]
    [InlineData("idx", "1", "0x181F")] // segments of eight
    [InlineData("up", "3", "0")]
    [InlineData("up", "2", "0x1800")]
    [InlineData("down", "5", "0x1F")]
    [InlineData("down", "4", "0x181F")]
    [InlineData("bfly", "16", "0x1F")]
    [InlineData("bfly", "1", "0x1F")]
    public void Shuffles(string mode, string amount, string bounds)
    {
        using var device = new InterpretedDevice();
        var random = TestRandom.Create(output);
        var (a, b) = (Words(random), Words(random));
        var results = ScalarKernel.Run(
            device, $"shfl.sync.{mode}.b32 %r0|%p1, %r1, {amount}, {bounds}, {Everybody}; @!%p1 xor.b32 %r0, %r0, -1;", "%r0", a,
            b, a, Lanes);
        var (clamp, segment) = (Convert.ToInt32(bounds, 16) & 31, Convert.ToInt32(bounds, 16) >> 8);
        for (var lane = 0; lane < Lanes; lane++)
        {
            var distance = amount == "%r2" ? (int)(b[lane] & 31) : int.Parse(amount);
            var first = lane & segment;
            var last = first | (clamp & ~segment);
            var source = mode switch
            {
                "up" => lane - distance,
                "down" => lane + distance,
                "bfly" => lane ^ distance,
                _ => first | (distance & ~segment),
            };
            var inRange = mode == "up" ? source >= last : source <= last;
            Assert.Equal(inRange ? (uint)a[source] : ~(uint)a[lane], (uint)results[lane]);
        }
    }

    [Fact]
    public void Votes_reductions_and_matches()
    {
        using var device = new InterpretedDevice();
        var random = TestRandom.Create(output);
        var a = Enumerable.Range(0, Lanes).Select(_ => (ulong)random.Next(8)).ToArray();
        Check($"setp.lt.u32 %p1, %r1, 4; vote.sync.ballot.b32 %r0, %p1, {Everybody};", _ => Mask(value => value < 4));
        Check(
            $"setp.lt.u32 %p1, %r1, 7; vote.sync.all.pred %p2, %p1, {Everybody}; selp.u32 %r0, 1, 0, %p2;",
            _ => Array.TrueForAll(a, value => value < 7) ? 1u : 0);
        Check(
            $"setp.eq.u32 %p1, %r1, 5; vote.sync.any.pred %p2, %p1, {Everybody}; selp.u32 %r0, 1, 0, %p2;",
            _ => Array.Exists(a, value => value == 5) ? 1u : 0);
        Check($"setp.lt.u32 %p1, %r1, 9; vote.sync.uni.pred %p2, !%p1, {Everybody}; selp.u32 %r0, 1, 0, %p2;", _ => 1);
        Check($"redux.sync.add.u32 %r0, %r1, {Everybody};", _ => (uint)a.Sum(value => (int)value));
        Check($"redux.sync.max.s32 %r0, %r1, {Everybody};", _ => (uint)a.Max());
        Check($"redux.sync.xor.b32 %r0, %r1, {Everybody};", _ => (uint)a.Aggregate((x, y) => x ^ y));
        Check($"match.any.sync.b32 %r0, %r1, {Everybody};", lane => Mask(value => value == a[lane]));

        void Check(string body, Func<int, uint> expected) =>
            Assert.Equal(
                Enumerable.Range(0, Lanes).Select(lane => (ulong)expected(lane)),
                ScalarKernel.Run(device, body, "%r0", a, a, a, Lanes));

        uint Mask(Predicate<ulong> holds) =>
            Enumerable.Range(0, Lanes).Aggregate(0u, (mask, lane) => mask | (holds(a[lane]) ? 1u << lane : 0));
    }

    /// <summary>A part of a warp that names itself.</summary>
    [Fact]
    public void A_part_of_a_warp_votes_alone()
    {
        using var device = new InterpretedDevice();
        var a = Words(TestRandom.Create(output));
        var results = ScalarKernel.Run(
            device,
            "mov.b32 %r0, 0; mov.u32 %r4, %laneid; setp.ge.u32 %p1, %r4, 9; @%p1 bra Done; and.b32 %r5, %r1, 1; setp.eq.u32 "
            + "%p2, %r5, 1; vote.sync.ballot.b32 %r0, %p2, 0x1FF; Done:",
            "%r0", a, a, a);
        var votes = Enumerable.Range(0, 9).Aggregate(0ul, (mask, lane) => mask | ((a[lane] & 1) << lane));
        Assert.All(results, (result, lane) => Assert.Equal(lane < 9 ? votes : 0, result));
    }

    private static ulong[] Words(Random random) => [.. Enumerable.Range(0, Lanes).Select(_ => (ulong)(uint)random.Next())];
}
