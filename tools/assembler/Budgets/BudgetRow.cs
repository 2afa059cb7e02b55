using System.Globalization;
using GpuLstm.Assembler.Model;

namespace GpuLstm.Assembler.Budgets;

/// <summary>A row of the table: what a kernel takes, and its hot loop, where it has one.</summary>
/// <param name="Kernel">The kernel, and of several loops which.</param>
/// <param name="Threads">Threads of a group.</param>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
/// <param name="Groups">Groups of a multiprocessor at once.</param>
/// <param name="Instructions">Of the loop.</param>
/// <param name="Stalls">The stall cycles that ptxas wrote into them: what one warp takes at least.</param>
/// <param name="Warps">Warps of a scheduler in the model.</param>
/// <param name="Cycles">Modelled cycles of an iteration.</param>
internal sealed record BudgetRow(
    string Kernel, int Threads, int Registers, int SharedBytes, int Groups, int Instructions, int Stalls, int Warps, int Cycles)
{
    /// <summary>The table's head.</summary>
    public const string Head =
        """
        | kernel | threads | registers | shared memory | groups | instructions | stalls | warps | cycles |
        |---|--:|--:|--:|--:|--:|--:|--:|--:|
        """;

    /// <summary>Figures of which more is worse.</summary>
    public IEnumerable<(string Figure, int Value)> Costs =>
        [
            ("registers", Registers), ("shared memory", SharedBytes), ("instructions", Instructions), ("stalls", Stalls),
            ("cycles", Cycles),
        ];

    /// <summary>The rows of a kernel.</summary>
    public static IEnumerable<BudgetRow> Of(AssembledKernel kernel, Architecture architecture)
    {
        var groups = architecture.GroupsOf(kernel.Source.Threads, kernel.Registers, kernel.SharedBytes);
        var loops = HotLoop.Of(kernel);
        if (loops.Count == 0)
        {
            yield return new BudgetRow(
                kernel.Name, kernel.Source.Threads, kernel.Registers, kernel.SharedBytes, groups, 0, 0, 0, 0);
        }

        foreach (var loop in loops)
        {
            var body = kernel.Code.Of(loop.Loop);
            yield return new BudgetRow(
                loop.Name.Length == 0 ? kernel.Name : $"{kernel.Name}, {loop.Name}", kernel.Source.Threads, kernel.Registers,
                kernel.SharedBytes, groups,
                body.Count, body.Sum(instruction => instruction.Stall), loop.Warps, (int)Math.Round(loop.CyclesIn(kernel.Code)));
        }
    }

    /// <summary>Reads a row that <see cref="ToString"/> wrote; null where a line is none.</summary>
    public static BudgetRow? Parse(string line)
    {
        var cells = line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        const int Cells = 9;
        if (cells.Length != Cells || !int.TryParse(cells[1], CultureInfo.InvariantCulture, out _))
            return null;
        int[] numbers = [.. cells[1..].Select(cell => cell == "–" ? 0 : int.Parse(cell, CultureInfo.InvariantCulture))];
        return new BudgetRow(
            cells[0], numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7]);
    }

    public override string ToString()
    {
        int[] ofLoop = [Instructions, Stalls, Warps, Cycles];
        return string.Create(CultureInfo.InvariantCulture, $"| {Kernel} | {Threads} | {Registers} | {SharedBytes} | {Groups} | ")
            + string.Join(" | ", ofLoop.Select(number => Instructions == 0 ? "–" : number.ToString(CultureInfo.InvariantCulture)))
                + " |";
    }
}
