using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Moves sums of products up to where their operands are known. ILGPU puts what has no side effect before its first use, so that
/// of a unit's four gates one is summed to its end before the next begins, and all that the others need has to be kept meanwhile:
/// at 128 units twice the registers that a thread can have.
/// </summary>
internal static partial class HoistedSums
{
    private const int MaxProducts = 2;

    /// <summary>
    /// The text with each sum, and the one or two products before it that it takes, as early in its block as their registers
    /// allow.
    /// </summary>
    public static string Hoist(string ptx)
    {
        var source = ptx.Split('\n');
        var lines = new List<string>(source.Length);
        var block = new List<Registers>(); // of the last lines, as many as stand in the block so far
        for (var n = 0; n < source.Length;)
        {
            var run = RunAt(source, n);
            if (run.Count == 0)
            {
                lines.Add(source[n++]);
                if (Registers.Of(lines[^1]) is { } registers)
                    block.Add(registers);
                else
                    block.Clear(); // a label, a branch, a barrier
                continue;
            }

            var place = block.Count;
            while (place > 0 && run.TrueForAll(block[place - 1].MayFollow))
                place--;
            lines.InsertRange(lines.Count - (block.Count - place), source[n..(n + run.Count)]);
            block.InsertRange(place, run);
            n += run.Count;
        }

        return string.Join('\n', lines);
    }

    /// <summary>The registers of a sum and of the products right before it, which it takes; empty where there is none.</summary>
    private static List<Registers> RunAt(string[] lines, int first)
    {
        var products = 0;
        while (products < MaxProducts && first + products < lines.Length && Product().IsMatch(lines[first + products]))
            products++;
        if (products == 0 || first + products == lines.Length || !Sum().IsMatch(lines[first + products]))
            return [];
        List<Registers> run = [.. lines.Skip(first).Take(products + 1).Select(line => Registers.Of(line)!.Value)];
        return run[..products].TrueForAll(product => run[products].Named.IsSupersetOf(product.Written)) ? run : [];
    }

    [GeneratedRegex(@"^\s*mul\.f32\s", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Product();

    [GeneratedRegex(@"^\s*(add|sub)\.f32\s", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Sum();

    /// <summary>What an instruction writes, and all that it names.</summary>
    private readonly partial record struct Registers(HashSet<string> Written, HashSet<string> Named)
    {
        /// <summary>Of a line; null where it is not an instruction that hands on to the next one.</summary>
        public static Registers? Of(string line)
        {
            if (Plain().Match(line) is not { Success: true } match)
                return null;
            var (opcode, operands) = (match.Groups["opcode"].Value, match.Groups["operands"].Value);
            var target = opcode.StartsWith("st.", StringComparison.Ordinal) ? "" : Target().Match(operands).Value;
            return new Registers(Names(target), Names(operands));
        }

        /// <summary>Whether the instruction may as well stand behind another.</summary>
        public bool MayFollow(Registers other) => !Written.Overlaps(other.Named) && !other.Written.Overlaps(Named);

        private static HashSet<string> Names(string text) => [.. Register().Matches(text).Select(match => match.Value)];

        [GeneratedRegex(
            @"^\s*(?!bra|bar|ret|exit)(?<opcode>[a-z][\w.]*)\s+(?<operands>[^;]+);\s*$", RegexOptions.ExplicitCapture,
            matchTimeoutMilliseconds: 60_000)]
        private static partial Regex Plain();

        [GeneratedRegex(@"^(\{[^}]*\}|[^,]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
        private static partial Regex Target();

        [GeneratedRegex(@"%\w+", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
        private static partial Regex Register();
    }
}
