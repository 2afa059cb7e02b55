using GpuLstm.Assembler;
using GpuLstm.Assembler.Budgets;
using GpuLstm.Assembler.Checks;
using GpuLstm.Assembler.Recording;

// Assembles what programs have handed to the driver, and looks at the result; check.sh calls it.
// usage: TOOLS RECORDINGS DOCUMENT EARLIER REASONS check|table ARCHITECTURE...
// TOOLS holds ptxas and nvdisasm; RECORDINGS a folder of recordings for each architecture; DOCUMENT the table, which "table"
// replaces and "check" compares, EARLIER the one of an earlier commit, and REASONS why a figure has grown since. Exit code 0:
// nothing refused, no fault, no growth without a reason; where GPULSTM_REQUIRE has ptxas, also that the table could be compared.
const string VersionOfTable = "V11.8.89";
string[] architecturesOfTable = ["sm_80", "sm_90"];
var (tools, recordings, document, earlier, reasons, command) = (args[0], args[1], args[2], args[3], args[4], args[5]);
var work = Directory.CreateTempSubdirectory("gpulstm-assembler-");
try
{
    var toolchain = new Toolchain(tools, work.FullName);
    var problems = new List<string>();
    var table = new SortedDictionary<string, IReadOnlyList<BudgetRow>>(StringComparer.Ordinal);
    var (count, refused, spilled) = (0, 0, 0);
    foreach (var architecture in args[6..].Select(name => Architecture.All.Single(known => known.Name == name)))
    {
        var recorded = RecordedKernel.ReadAll(recordings, architecture, problems);
        var refusals = new List<string>();
        var kernels = toolchain.Assemble(recorded, architecture, refusals);
        problems.AddRange(refusals);
        problems.AddRange(from kernel in kernels
                          from fault in KernelCheck.Faults(kernel, architecture)
                          select $"{architecture.Name} {kernel.Name}: {fault}");
        if (architecturesOfTable.Contains(architecture.Name, StringComparer.Ordinal))
        {
            table.Add(
                architecture.Name,
                [.. kernels.AsParallel().AsOrdered().SelectMany(kernel => BudgetRow.Of(kernel, architecture))]);
        }

        count += recorded.Count;
        refused += refusals.Count;
        spilled += kernels.Count(kernel => kernel.StackBytes + kernel.SpilledBytes > 0);
    }

    var rows = new BudgetTable(table);
    var budgets = "the table is of sm_80 and sm_90, and not compared";
    if (refused > 0)
    {
        budgets = "the table is not compared";
    }
    else if (table.Count == architecturesOfTable.Length && toolchain.Version == VersionOfTable)
    {
        var text = File.ReadAllText(document);
        var made = rows.WriteInto(text);
        if (command == "table")
            File.WriteAllText(document, made);
        else if (made != text)
            problems.Add("docs/gpu-assembly.md is not the table of these kernels; make it with tools/assembler/check.sh --table");
        var grown = rows.GrowthSince(BudgetTable.ReadFrom(File.ReadAllText(earlier)), File.ReadLines(reasons)).ToList();
        problems.AddRange(grown);
        budgets = $"{table.Values.Sum(section => section.Count)} rows of the table, {grown.Count} grown without a reason";
    }
    else if (toolchain.Version != VersionOfTable)
    {
        budgets = $"the table is by {VersionOfTable}, and not compared";
        if ((Environment.GetEnvironmentVariable("GPULSTM_REQUIRE") ?? "").Split(',').Contains("ptxas", StringComparer.Ordinal))
            problems.Add($"ptxas is {toolchain.Version}, and the table of docs/gpu-assembly.md by {VersionOfTable}");
    }

    foreach (var problem in problems)
        Console.Error.WriteLine(problem);
    Console.WriteLine(
        $"{string.Join(' ', args[6..])}: {count} kernels assembled by {toolchain.Version}, {refused} refused, {spilled} "
        + $"spilled, {problems.Count} faults; {budgets}");
    return problems.Count == 0 && count > 0 ? 0 : 1;
}
finally
{
    work.Delete(recursive: true);
}
