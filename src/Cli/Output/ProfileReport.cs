using System.Globalization;
using GpuLstm.Engines.Contracts;
using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>The table of <c>train --profile</c>.</summary>
internal static class ProfileReport
{
    /// <summary>
    /// A row a kernel: its launches and time in a step, and what it achieves of the work that its launcher estimates.
    /// </summary>
    public static void Write(StepProfile profile)
    {
        var total = profile.Kernels.Sum(kernel => kernel.Time.TotalSeconds);
        var table = new Table().RoundedBorder().AddColumns("kernel", "launches a step", "us a step", "share", "GB/s", "GFLOP/s");
        foreach (var kernel in profile.Kernels.OrderByDescending(kernel => kernel.Time))
        {
            var seconds = kernel.Time.TotalSeconds;
            table.AddRow(
                kernel.Kernel, Number(kernel.Launches / (double)profile.Steps), Number(seconds * 1e6 / profile.Steps),
                (seconds / total).ToString("P1", CultureInfo.InvariantCulture),
                Number(kernel.Bytes / seconds / 1e9), kernel.Operations == 0 ? "" : Number(kernel.Operations / seconds / 1e9));
        }

        Terminal.Write(table);
        var launches = Number(profile.Kernels.Sum(kernel => kernel.Launches) / (double)profile.Steps);
        Terminal.WriteLine(
            $"a step: {launches} launch{(launches == "1" ? "" : "es")}, {Number(total * 1e6 / profile.Steps)} us on the device, "
            + $"{Number(profile.Kernels.Sum(kernel => kernel.Bytes) / 1e6 / profile.Steps)} MB of its memory read and written "
            + $"({profile.Steps} steps)");
    }

    private static string Number(double value) => value.ToString(value < 10 ? "0.##" : "N0", CultureInfo.InvariantCulture);
}
