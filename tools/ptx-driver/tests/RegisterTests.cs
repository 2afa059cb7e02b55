namespace GpuLstm.PtxDriver.Tests;

/// <summary>
/// The registers that are alive at once, and the refusal of kernels with more than a thread of their group can have.
/// </summary>
public sealed class RegisterTests
{
    private const int MaxOfAThread = 255;
    private const int MaxInSixteenWarps = 128;

    [Theory]
    [InlineData(64, MaxOfAThread)]
    [InlineData(512, MaxInSixteenWarps)]
    [InlineData(481, MaxInSixteenWarps)] // the last warp has all of its registers
    [InlineData(448, 144)] // 146 for each thread would do, but they come by eights
    public void Kernels_that_do_not_are_refused(int threads, int most)
    {
        using var device = new InterpretedDevice();
        Assert.Equal(0, InterpretedDevice.TryLoad(KeepingAlive(most), out _, out _));
        Assert.Equal(InterpretedDevice.InvalidPtx, InterpretedDevice.TryLoad(KeepingAlive(most + 1), out _, out var log));
        Assert.Contains($"{most + 1} registers are alive here, and a thread can have {most}", log, StringComparison.Ordinal);

        // An address, and numbers of which none is stored before all are there.
        string KeepingAlive(int registers)
        {
            var numbers = Enumerable.Range(1, registers - 2).ToArray();
            return Text(threads, string.Join('\n', [
                .. numbers.Select(n => $"ld.global.b32 %r{n}, [%rd1];"),
                .. numbers.Select(n => $"st.global.b32 [%rd1], %r{n};")]));
        }
    }

    /// <summary>
    /// A register lives from what gives it a value to the last that may read it, around loops and past predicates.
    /// </summary>
    [Theory]
    [InlineData("mov.b32 %r1, 1; mov.b32 %r2, 2; add.s32 %r3, %r1, %r2; st.global.b32 [%rd1], %r3;", 4)] // an address is two
    [InlineData("mov.b32 %r1, 1; st.global.b32 [%rd1], %r1; mov.b32 %r2, 2; st.global.b32 [%rd1], %r2;", 3)]
    [InlineData(
        "mov.b32 %r1, 0; mov.b32 %r2, 9; Loop: add.s32 %r1, %r1, %r2; setp.lt.s32 %p1, %r1, 99; @%p1 bra Loop; st.global.b32 "
        + "[%rd1], %r1;",
        4)]
    [InlineData("mov.b32 %r1, 0; mov.b32 %r2, 9; setp.eq.s32 %p1, %r2, 9; @%p1 mov.b32 %r1, 1; st.global.b32 [%rd1], %r1;", 4)]
    [InlineData("mov.b32 %r1, 0; mov.b32 %r2, 9; setp.eq.s32 %p1, %r2, 9; mov.b32 %r1, 1; st.global.b32 [%rd1], %r1;", 3)]
    [InlineData("mov.u32 %r1, %tid.x; st.global.b32 [%rd1], %r1;", 3)]
    public void Lives_are_as_long_as_they_must_be(string body, int expected)
    {
        using var device = new InterpretedDevice();
        Assert.Equal(expected, InterpretedDevice.Registers(device.Load(Text(threads: 32, body))));
    }

    private static string Text(int threads, string body) => $$"""
        .visible .entry kernel(.param .u64 memory)
        .maxntid {{threads}}, 1, 1
        {
            .reg .b32 %r<300>; .reg .b64 %rd<2>; .reg .pred %p<2>;
            ld.param.u64 %rd1, [memory];
            {{body}}
            ret;
        }
        """;
}
