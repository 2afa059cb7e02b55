using System.Globalization;
using System.Text;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>
/// Writes what kernels did, a line each, to the file that <c>PTX_DRIVER_REPORT</c> names: whenever the program waits for the
/// device.
/// </summary>
internal sealed class CounterReport(string path)
{
    private static readonly string[] Columns =
    [
        "kernel", "threads", "registers", "launches", "groups", "warp instructions", "f32 products", "matrix products",
        "global loads", "global stores", "sectors",
        "fewest sectors", "shared accesses", "wavefronts", "barriers",
    ];

    private readonly Dictionary<CompiledKernel, KernelCounters> counters = [];
    private readonly List<string> finished = []; // rows of kernels that have been unloaded

    /// <summary>The report that the environment asks for; null: none.</summary>
    public static CounterReport? FromEnvironment() =>
        Environment.GetEnvironmentVariable("PTX_DRIVER_REPORT") is { Length: > 0 } path ? new CounterReport(path) : null;

    /// <summary>The counters of a kernel.</summary>
    public KernelCounters Of(CompiledKernel kernel)
    {
        if (!counters.TryGetValue(kernel, out var found))
            counters.Add(kernel, found = new KernelCounters(kernel.CodeLength));
        return found;
    }

    /// <summary>Keeps the row of a kernel that is to be unloaded.</summary>
    public void Finish(CompiledKernel kernel)
    {
        if (counters.Remove(kernel, out var last))
            finished.Add(Row(kernel, last));
    }

    public void Write()
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", Columns).AppendLine(" |");
        text.Append('|').AppendJoin('|', Columns.Select((_, n) => n == 0 ? "---" : "--:")).AppendLine("|");
        foreach (var row in finished.Concat(counters.Select(entry => Row(entry.Key, entry.Value))))
            text.AppendLine(row);
        File.WriteAllText(path, text.ToString());
    }

    private static string Row(CompiledKernel kernel, KernelCounters counted)
    {
        long[] values =
        [
            kernel.MaxThreads ?? 0, kernel.Registers.Count, counted.Launches, counted.Groups, counted.Executed(kernel, null),
            counted.ExecutedByLanes(kernel, InstructionKind.Product),
            counted.Executed(kernel, InstructionKind.MatrixProduct), counted.Executed(kernel, InstructionKind.GlobalLoad),
            counted.Executed(kernel, InstructionKind.GlobalStore), counted.Sectors, counted.FewestSectors,
            counted.Executed(kernel, InstructionKind.Shared), counted.Wavefronts,
            counted.Executed(kernel, InstructionKind.Barrier),
        ];
        return $"| {kernel.Name} | {string.Join(" | ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))} |";
    }
}
