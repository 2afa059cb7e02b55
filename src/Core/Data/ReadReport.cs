using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>What was found where labelled texts were read.</summary>
/// <param name="Shape">What the file was recognised as, and which column is what.</param>
/// <param name="Columns">The columns' names; empty where they have none.</param>
/// <param name="Rows">Rows in all, bad ones left out.</param>
/// <param name="Labels">How many rows each label has, those without a text too: classes first, then others by name.</param>
/// <param name="EmptyTexts">Rows of the classes without a text, which were left out.</param>
/// <param name="EmptyLabels">Rows without a label, which were left out.</param>
/// <param name="OtherLabels">Rows with labels that were not asked for, which were left out.</param>
/// <param name="BadRows">Rows that could not be read, which were left out.</param>
public sealed record ReadReport(
    string Shape,
    IReadOnlyList<string> Columns,
    long Rows,
    IReadOnlyDictionary<string, int> Labels,
    int EmptyTexts,
    int EmptyLabels,
    int OtherLabels,
    IReadOnlyList<BadRowCount> BadRows);
