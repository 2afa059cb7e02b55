namespace GpuLstm.PtxDriver.Tests;

/// <summary>Operands: random bits, and with them what is at the edges of the types.</summary>
internal static class TestValues
{
    private static readonly uint[] Singles =
    [
        0, 0x80000000, 0x3F800000, 0xBF800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001, 1, 0x80000001, 0x007FFFFF,
        0x00800000, 0x7F7FFFFF,
        0x3F000000, 0x40200000, 0xC0200000, 0x4F000000, 0xCF000000, 0x4F800000,
    ];

    /// <summary>Pairs whose low halves are floats of all kinds.</summary>
    public static ulong[] OfSingles(Random random, int count) =>
        Some(
            random, count, () => Singles[random.Next(Singles.Length)],
            () => BitConverter.SingleToUInt32Bits(random.NextSingle() * 20 - 10));

    /// <summary>Doubles of all kinds.</summary>
    public static ulong[] OfDoubles(Random random, int count) => Some(
        random,
        count,
        () => BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle(Singles[random.Next(Singles.Length)])),
        () => BitConverter.DoubleToUInt64Bits(random.NextDouble() * 20 - 10));

    /// <summary>Whole numbers: small ones, those at the ends of their types, any.</summary>
    public static ulong[] OfIntegers(Random random, int count) => Some(
        random, count, () => (ulong)(random.Next(2) == 0 ? int.MinValue : int.MaxValue) + (ulong)random.Next(-1, 2),
        () => (ulong)random.Next(-40, 41));

    private static ulong[] Some(Random random, int count, Func<ulong> edge, Func<ulong> ordinary) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(3) switch
        {
            0 => edge(),
            1 => ordinary(),
            _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        })];
}
