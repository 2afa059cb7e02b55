using System.Globalization;
using System.Text;

namespace GpuLstm.Assembler.Budgets;

/// <summary>
/// The table of <c>docs/gpu-assembly.md</c>: a part of the document between two marks, made by <c>check.sh --table</c>, a section
/// for each architecture.
/// </summary>
internal sealed class BudgetTable(IReadOnlyDictionary<string, IReadOnlyList<BudgetRow>> rows)
{
    private const string Begin = "<!-- made by tools/assembler/check.sh --table -->";
    private const string End = "<!-- end -->";
    private const string Section = "### ";
    private const double MaxGrowth = 1.05;
    private const double Gigahertz = 1.7;
    private const double MicrosecondsOfLaunch = 2.8;
    private const double RestOfOneUnitStep = 11;
    private const int Steps = 200;
    private const int Launches = 13;

    /// <summary>The table that stands in a document; empty where there is none.</summary>
    public static BudgetTable ReadFrom(string document)
    {
        var rows = new Dictionary<string, IReadOnlyList<BudgetRow>>();
        List<BudgetRow>? section = null;
        foreach (var line in document.Split('\n'))
        {
            if (line.StartsWith(Section + "sm_", StringComparison.Ordinal))
                rows.Add(line[Section.Length..].Split(' ')[0], section = []);
            else if (BudgetRow.Parse(line) is { } row)
                section?.Add(row);
        }

        return new BudgetTable(rows);
    }

    /// <summary>
    /// A line for each figure that is more than a twentieth above that of an earlier table, unless a reason is given for that
    /// very value.
    /// </summary>
    /// <param name="earlier">The earlier table.</param>
    /// <param name="reasons">Lines of architecture, kernel, figure, value, reason, with tabs between.</param>
    public IEnumerable<string> GrowthSince(BudgetTable earlier, IEnumerable<string> reasons)
    {
        var excused = reasons.Select(line => line.Split('\t'))
            .Where(cells => cells.Length == 5 && cells[4].Length > 0)
            .Select(cells => string.Join('\t', cells[..4]))
            .ToHashSet();
        return from section in rows
               where earlier.Has(section.Key)
               from row in section.Value
               from before in earlier.Rows(section.Key).Where(before => before.Kernel == row.Kernel)
               from cost in row.Costs.Zip(before.Costs, (now, then) => (now.Figure, now.Value, Then: then.Value))
               where cost.Value > cost.Then * MaxGrowth
               where !excused.Contains(
                   string.Create(CultureInfo.InvariantCulture, $"{section.Key}\t{row.Kernel}\t{cost.Figure}\t{cost.Value}"))
               select $"{section.Key} {row.Kernel}: {cost.Value} {cost.Figure}, and {cost.Then} before; give a reason in "
                   + "tools/assembler/reasons.tsv";
    }

    /// <summary>The document with this table in place of the one that it has.</summary>
    public string WriteInto(string document)
    {
        var (begin, end) = (document.IndexOf(Begin, StringComparison.Ordinal), document.IndexOf(End, StringComparison.Ordinal));
        return $"{document[..begin]}{Begin}\n{Text()}{document[end..]}";
    }

    private bool Has(string architecture) => rows.ContainsKey(architecture);

    private IReadOnlyList<BudgetRow> Rows(string architecture) => rows[architecture];

    private string Text()
    {
        var text = new StringBuilder();
        foreach (var (architecture, section) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Section}{architecture}\n{BudgetRow.Head.ReplaceLineEndings("\n")}\n");
            foreach (var row in section)
                text.Append(row).Append('\n');
            text.Append('\n').Append(WholeSteps(section)).Append('\n');
        }

        return text.ToString();
    }

    private static string WholeSteps(IReadOnlyList<BudgetRow> section)
    {
        var oneUnit = Steps * Both("OneUnitStep.Step, forward", 1, "OneUnitStep.Step, backward", 1) + RestOfOneUnitStep;
        var tile = Steps * Both(
            "LstmSequence.TileForward Twice Size64 Size4", 1, "LstmSequence.TileBackward Twice Size64 Size4 AtLastStep", 1)
            + Launches * MicrosecondsOfLaunch;
        var tensor = Steps * Both(
            "LstmSequence.TensorForward SplitQuad NarrowTile", 2,
            "LstmSequence.TensorBackward SplitQuad NarrowTile AtLastStep", 8)
            + (2 * Steps + Launches) * MicrosecondsOfLaunch;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            | a training step of {Steps} steps, modelled | µs |
            |---|--:|
            | H 1, B 32 | {oneUnit:F0} |
            | H 64, B 32 | {tile:F0} |
            | H 256, B 128 | {tensor:F0} |

            """).ReplaceLineEndings("\n");

        double Both(string forward, int iterationsForward, string backward, int iterationsBackward) =>
            (iterationsForward * Cycles(forward) + iterationsBackward * Cycles(backward)) / (1000 * Gigahertz);

        double Cycles(string kernel) => section.Single(row => row.Kernel == kernel).Cycles;
    }
}
