using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Writes remainders by powers of two without a division. ILGPU leaves <c>rem</c> where C# has <c>x % 32</c>, and ptxas makes a
/// real division of it: twenty instructions, by way of floating point.
/// </summary>
internal static partial class PowerOfTwo
{
    /// <summary>
    /// The text, where <c>rem.s32</c> and <c>rem.u32</c> by a power of two are bit operations, for negative numbers too.
    /// </summary>
    public static string WithoutDivision(string ptx)
    {
        if (Declaration().Match(ptx) is not { Success: true } declaration)
            return ptx;
        var registers = int.Parse(declaration.Groups["count"].Value, CultureInfo.InvariantCulture);
        var scratch = $"%r{registers}";
        var replaced = Remainder().Replace(ptx, remainder =>
        {
            var divisor = int.Parse(remainder.Groups["divisor"].Value, CultureInfo.InvariantCulture);
            return BitOperations.IsPow2(divisor) ? WithoutDivision(remainder, divisor, scratch) : remainder.Value;
        });
        return Declaration().Replace(replaced, $".reg .b32\t%r<{registers + 1}>;", 1);
    }

    // x minus the multiple of the divisor that lies next to it on the way to 0, as C# has it.
    private static string WithoutDivision(Match remainder, int divisor, string scratch)
    {
        var (target, value) = (remainder.Groups["target"].Value, remainder.Groups["value"].Value);
        if (divisor == 1)
            return $"mov.b32\t{target}, 0;";
        return remainder.Groups["sign"].Value == "u"
            ? $"and.b32\t{target}, {value}, {divisor - 1};"
            : $"""
              shr.s32	{scratch}, {value}, 31;
              	and.b32	{scratch}, {scratch}, {divisor - 1};
              	add.s32	{scratch}, {value}, {scratch};
              	and.b32	{scratch}, {scratch}, {-divisor};
              	sub.s32	{target}, {value}, {scratch};
              """.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\.reg \.b32\s+%r<(?<count>\d+)>;", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Declaration();

    [GeneratedRegex(
        @"rem\.(?<sign>[su])32\s+(?<target>%r\d+), (?<value>%r\d+), (?<divisor>\d+);", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Remainder();
}
