using System.Collections;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// How many registers of 32 bits hold a value that is still needed, where that is most: what ptxas must give a thread at least if
/// it leaves the instructions in their order. (It may reorder them, and read parameters again instead of keeping them.)
/// </summary>
internal sealed class LiveRegisters
{
    private readonly Func<string, int> width;
    private readonly Dictionary<string, int> numbers = [];
    private readonly List<int> widths = [];
    private readonly (int[] Reads, int[] Writes)[] accesses;
    private readonly IReadOnlyList<DecodedInstruction> code;

    /// <summary>A number of registers, and the index of the instruction before which they are alive.</summary>
    internal readonly record struct Peak(int Registers, int Instruction);

    private LiveRegisters(IReadOnlyList<DecodedInstruction> code, Func<string, int> width)
    {
        this.code = code;
        this.width = width;
        accesses = [.. code.Select(instruction => (Numbers(instruction.Reads), Numbers(instruction.Writes)))];
    }

    /// <param name="code">The instructions, in the order of the text.</param>
    /// <param name="blocks">The first instruction of each block that can be reached, and the one behind its last.</param>
    /// <param name="follow">The blocks that may follow one.</param>
    /// <param name="width">Registers of 32 bits that a register of a name takes; 0 for predicates and special registers.</param>
    public static Peak Most(
        IReadOnlyList<DecodedInstruction> code, IReadOnlyList<(
            int Start, int End)> blocks, Func<int, IEnumerable<int>> follow, Func<string, int> width) =>
        new LiveRegisters(code, width).Most(blocks, follow);

    private Peak Most(IReadOnlyList<(int Start, int End)> blocks, Func<int, IEnumerable<int>> follow)
    {
        var alive = blocks.ToDictionary(block => block.Start, _ => new BitArray(widths.Count)); // at a block's start
        Peak most = default;
        for (var changed = true; changed;)
        {
            (changed, most) = (false, default);
            foreach (var (start, end) in blocks.Reverse())
            {
                var now = follow(start).Aggregate(new BitArray(widths.Count), (joined, next) => joined.Or(alive[next]));
                var registers = widths.Where((_, number) => now[number]).Sum();
                for (var n = end - 1; n >= start; n--)
                {
                    registers += StepBack(now, n);
                    if (registers > most.Registers)
                        most = new Peak(registers, n);
                }

                changed |= new BitArray(now).Xor(alive[start]).HasAnySet();
                alive[start] = now;
            }
        }

        return most;
    }

    /// <summary>From behind an instruction to before it.</summary>
    /// <returns>How many more registers are alive.</returns>
    private int StepBack(BitArray alive, int n)
    {
        var more = 0;
        if (!code[n].HasGuard)
        {
            foreach (var number in accesses[n].Writes)
                Set(number, false);
        }

        foreach (var number in accesses[n].Reads)
            Set(number, true);
        return more;

        void Set(int number, bool value)
        {
            if (alive[number] != value)
                more += value ? widths[number] : -widths[number];
            alive[number] = value;
        }
    }

    private int[] Numbers(IEnumerable<string> names) => [.. names.Select(Number)];

    private int Number(string name)
    {
        if (!numbers.TryGetValue(name, out var number))
        {
            numbers.Add(name, number = numbers.Count);
            widths.Add(width(name));
        }

        return number;
    }
}
