using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Lets OpenCL compilers fuse products and sums. ILGPU gives every operation a statement of its own, and OpenCL C allows a fused
/// multiply-add within an expression alone; so a product that is used once, by a sum of the same block, is written into the sum.
/// CUDA's compiler fuses them anyway.
/// </summary>
internal static partial class ProductFusion
{
    private const int DeclaredDefinedUsed = 3;

    /// <summary>The source with its products written into sums.</summary>
    public static string Fuse(string source)
    {
        var mentions = Variable().EnumerateMatches(source);
        var counts = new Dictionary<string, int>();
        foreach (var mention in mentions)
        {
            var name = source.Substring(mention.Index, mention.Length);
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }

        var lines = source.Split('\n');
        var products = new Dictionary<string, string>(); // of the block
        for (var n = 0; n < lines.Length; n++)
        {
            if (Label().IsMatch(lines[n]))
            {
                products.Clear(); // a jump to here may bring other values
            }
            else if (Product().Match(lines[n]) is { Success: true } product
                && counts[product.Groups["result"].Value] == DeclaredDefinedUsed)
            {
                products[product.Groups["result"].Value] = $"({product.Groups["left"].Value} * {product.Groups["right"].Value})";
            }
            else if (Sum().Match(lines[n]) is { Success: true } sum)
            {
                lines[n] = WithProduct(lines[n], sum, products);
            }
        }

        return string.Join('\n', lines);
    }

    private static string WithProduct(string line, Match sum, Dictionary<string, string> products)
    {
        foreach (var operand in new[] { sum.Groups["left"], sum.Groups["right"] })
        {
            if (products.TryGetValue(operand.Value, out var product))
                return line[..operand.Index] + product + line[(operand.Index + operand.Length)..];
        }

        return line;
    }

    [GeneratedRegex(@"\bvar\d+\b", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^\s*L_\w+:", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Label();

    [GeneratedRegex(
        @"^\s*(?<result>var\d+) = \(float\)\(\(float\) (?<left>\S+) \*  \(float\)(?<right>[^\s)]+)\);",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Product();

    [GeneratedRegex(
        @"^\s*var\d+ = \(float\)\(\(float\) (?<left>\S+) [+-]  \(float\)(?<right>[^\s)]+)\);",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Sum();
}
