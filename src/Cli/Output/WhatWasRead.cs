using GpuLstm.Data;
using GpuLstm.Data.Sources;

namespace GpuLstm.Cli.Output;

/// <summary>Tells what a file was recognised as, and what was left out of it.</summary>
internal static class WhatWasRead
{
    private const int MaxShown = 8;

    /// <summary>A line or some.</summary>
    /// <param name="file">What the user knows the file by.</param>
    /// <param name="report">What was found.</param>
    public static void Say(string file, ReadReport report)
    {
        Terminal.WriteLine($"{file}: {report.Shape}");
        var leftOut = LeftOut(report).ToList();
        if (leftOut.Count > 0)
            Terminal.WriteLine($"left out: {string.Join("; ", leftOut)}");
    }

    /// <summary>The labels with their rows, the first ones.</summary>
    public static string Labels(IReadOnlyDictionary<string, int> labels) =>
        string.Join(", ", labels.Take(MaxShown).Select(pair => $"{Printable.Clean(pair.Key)} {pair.Value:N0}"))
        + (labels.Count > MaxShown ? $", … ({labels.Count:N0} in all)" : "");

    /// <summary>What bad rows had.</summary>
    public static string Bad(BadRowCount bad) => $"{Rows(bad.Rows)} that cannot be read: {bad.Reason} (first: {bad.First})";

    private static IEnumerable<string> LeftOut(ReadReport report)
    {
        if (report.OtherLabels > 0)
            yield return $"{Rows(report.OtherLabels)} with other labels";
        if (report.EmptyTexts > 0)
            yield return $"{Rows(report.EmptyTexts)} without a text";
        if (report.EmptyLabels > 0)
            yield return $"{Rows(report.EmptyLabels)} without a label";
        foreach (var bad in report.BadRows)
            yield return Bad(bad);
    }

    private static string Rows(int count) => $"{count:N0} {(count == 1 ? "row" : "rows")}";
}
