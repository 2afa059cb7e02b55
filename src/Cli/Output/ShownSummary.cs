using GpuLstm.Parameters;
using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>Shows what a model is made of.</summary>
internal static class ShownSummary
{
    private const double Giga = 1e9;
    private const double Mega = 1e6;

    /// <summary>A line.</summary>
    public static string Line(ModelSummary summary) =>
        $"{summary.Parameters:N0} parameters; a training step takes {summary.Operations / Giga:N2} billion operations and keeps "
        + $"{Bytes(summary.KeptBytes)}{EachLayer(summary)}";

    /// <summary>A table, a module a row.</summary>
    public static void Write(ModelSummary summary)
    {
        var table = new Table().RoundedBorder().AddColumns("module", "output");
        foreach (var head in new[] { "parameters", "kept in training", "operations a step" })
            table.AddColumn(new TableColumn(head).RightAligned());
        foreach (var module in summary.Modules)
        {
            table.AddRow(
                module.Name, Markup.Escape($"[{string.Join(", ", module.Output)}]"), $"{module.Parameters:N0}",
                Bytes(module.KeptBytes), $"{module.Operations / Mega:N1} M");
        }

        table.AddRow(
            "all", "", $"{summary.Parameters:N0}", Bytes(summary.KeptBytes), $"{summary.Operations / Mega:N1} M");
        Terminal.Write(table);
        Terminal.WriteLine($"parameters, their gradient and the optimizer's memory: {Bytes(summary.OptimizerBytes)}");
    }

    // They are alike.
    private static string EachLayer(ModelSummary summary)
    {
        var layers = summary.Modules.Where(module => module.Name.StartsWith("lstm", StringComparison.Ordinal)).ToArray();
        return layers.Length > 1 ? $", {Bytes(layers[0].KeptBytes)} for each layer" : "";
    }

    private static string Bytes(long bytes) => $"{bytes / Mega:N1} MB";
}
