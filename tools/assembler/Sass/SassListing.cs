using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuLstm.Assembler.Sass;

/// <summary>A loop: the code between a branch and the place before it to which it leads.</summary>
/// <param name="Begin">The first instruction's address.</param>
/// <param name="End">The branch's address.</param>
internal readonly record struct SassLoop(int Begin, int End)
{
    /// <summary>Whether an address is of the loop.</summary>
    public bool Has(int address) => address >= Begin && address <= End;
}

/// <summary>A kernel's machine code, as <c>nvdisasm -c -hex</c> prints it.</summary>
internal sealed partial class SassListing
{
    private const int ControlBits = 41; // of the upper 64

    private SassListing(IReadOnlyList<SassInstruction> instructions, IReadOnlyList<SassLoop> loops)
    {
        Instructions = instructions;
        Loops = loops;
    }

    /// <summary>All instructions, the padding behind the end included.</summary>
    public IReadOnlyList<SassInstruction> Instructions { get; }

    /// <summary>
    /// All loops, by their begins, of those that begin together the longest first. (A branch to itself, with which ptxas fills
    /// the end, is none.)
    /// </summary>
    public IReadOnlyList<SassLoop> Loops { get; }

    /// <summary>Reads what nvdisasm printed.</summary>
    public static SassListing Parse(string text)
    {
        var labels = new Dictionary<string, int>();
        var instructions = new List<SassInstruction>();
        Match? lower = null;
        foreach (var line in text.Split('\n'))
        {
            if (Label().Match(line) is { Success: true } label)
            {
                labels[label.Groups["name"].Value] = instructions.Count * SassInstruction.Bytes;
            }
            else if (Lower().Match(line) is { Success: true } found)
            {
                lower = found;
            }
            else if (lower is not null && Upper().Match(line) is { Success: true } upper)
            {
                var bits = ulong.Parse(upper.Groups["bits"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                instructions.Add(new SassInstruction(
                    int.Parse(lower.Groups["address"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                    lower.Groups["text"].Value,
                    (int)(bits >> ControlBits)));
                lower = null;
            }
        }

        var loops = from instruction in instructions
                    where instruction.Operation == "BRA"
                    let target = Target().Match(instruction.Text)
                    where target.Success
                        && labels.TryGetValue(target.Groups["name"].Value, out var begin)
                        && begin < instruction.Address
                    select new SassLoop(labels[target.Groups["name"].Value], instruction.Address);
        return new SassListing(
            instructions, [.. loops.Distinct().OrderBy(loop => loop.Begin).ThenByDescending(loop => loop.End)]);
    }

    /// <summary>The instructions of a loop, those of loops in it included.</summary>
    public IReadOnlyList<SassInstruction> Of(SassLoop loop) =>
        [.. Instructions.Where(instruction => loop.Has(instruction.Address))];

    [GeneratedRegex(@"^\s*(?<name>\.L_x?_?\w+):", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Label();

    [GeneratedRegex(
        @"^\s*/\*(?<address>[0-9a-f]{4,})\*/\s+(?<text>.*?)\s*;?\s*/\* 0x[0-9a-f]+ \*/", RegexOptions.None,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Lower();

    [GeneratedRegex(@"^\s*/\* 0x(?<bits>[0-9a-f]+) \*/", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Upper();

    [GeneratedRegex(@"`\(?(?<name>\.L_\w+)\)?", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Target();
}
