using System.Globalization;
using GpuLstm.Verification;
using GpuLstm.Verification.Comparison;
using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>The tables of <c>verify</c>.</summary>
internal static class VerificationReport
{
    /// <summary>A table a device, with a row for each tensor of each operation: the worst of its cases.</summary>
    public static void Write(IReadOnlyList<VerificationResult> results)
    {
        foreach (var device in results.GroupBy(result => result.Device))
        {
            var table = new Table().RoundedBorder().Title(Printable.Cell(device.Key))
                .AddColumns("operation", "tensor", "worst case", "absolute", "relative", "bound", "verdict");
            foreach (var cases in device.GroupBy(result => (result.Operation, result.Tensor)))
            {
                var worst = Worst(cases);
                table.AddRow(
                    worst.Operation, worst.Tensor, worst.Shape, Short(worst.WorstAbsolute), Short(worst.WorstRelative),
                    Bound(worst.Bound), Verdict(worst.Passed));
            }

            Terminal.Write(table);
        }

        Terminal.WriteLine(
            "absolute: largest |actual - expected|; relative: that over the tensor's largest |expected|, or over the size of "
            + "its terms where they cancel, held to the bound");
    }

    /// <summary>One table of the worst relative errors, a column a device.</summary>
    public static void WriteMarkdown(IReadOnlyList<VerificationResult> results)
    {
        var devices = results.Select(result => result.Device).Distinct().ToList();
        Terminal.WriteLine($"| operation | tensor | bound | {string.Join(" | ", devices)} |");
        Terminal.WriteLine($"|---|---|---|{string.Concat(Enumerable.Repeat("---|", devices.Count))}");
        foreach (var cases in results.GroupBy(result => (result.Operation, result.Tensor)))
        {
            var errors = devices.Select(device => cases.Where(result => result.Device == device).ToList())
                .Select(onDevice => onDevice.Count == 0 ? "" : Short(Worst(onDevice).WorstRelative));
            Terminal.WriteLine(
                $"| {cases.Key.Operation} | {cases.Key.Tensor} | {Bound(cases.Max(result => result.Bound))} | "
                + $"{string.Join(" | ", errors)} |");
        }
    }

    /// <summary>A row for each pair of runs.</summary>
    public static void Write(IReadOnlyList<DeterminismResult> results)
    {
        var table = new Table().RoundedBorder().AddColumns("device", "runs", "steps", "first divergence", "verdict");
        foreach (var result in results)
        {
            table.AddRow(
                Printable.Cell(result.Device), result.Compared, $"{result.Steps}",
                Printable.Cell(result.FirstDivergence ?? "none"), Verdict(result.Passed));
        }

        Terminal.Write(table);
    }

    /// <summary>A row for each parameter.</summary>
    public static void Write(IReadOnlyList<GradientCheckResult> results)
    {
        var table = new Table()
            .RoundedBorder()
            .AddColumns("parameter", "shape", "checked", "absolute", "relative", "bound", "verdict");
        foreach (var result in results)
        {
            table.AddRow(
                result.Parameter, Printable.Cell($"[{string.Join(", ", result.Shape)}]"), $"{result.Checked:N0}",
                Short(result.WorstAbsolute), Short(result.WorstRelative), Bound(GradientCheckResult.Bound),
                Verdict(result.Passed));
        }

        Terminal.Write(table);
        Terminal.WriteLine("backpropagation through time against central differences of the loss, both in double");
    }

    private static VerificationResult Worst(IEnumerable<VerificationResult> cases) =>
        cases.MaxBy(
            result => result.Passed ? result.WorstRelative / Math.Max(result.Bound, double.Epsilon) : double.PositiveInfinity)!;

    private static string Short(double error) => error == 0 ? "0" : error.ToString("0.0e-0", CultureInfo.InvariantCulture);

    private static string Bound(double bound) => bound == 0 ? "exact" : bound.ToString("0.#e-0", CultureInfo.InvariantCulture);

    private static string Verdict(bool passed) => passed ? "[green]ok[/]" : "[red]FAIL[/]";
}
