using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace GpuLstm.Benchmarks;

/// <summary>Items a second, for the benchmarks that work through a known number of them.</summary>
/// <param name="name">The column's head.</param>
/// <param name="items">By benchmark, items a call works through; null where the column says nothing.</param>
/// <param name="unit">How many items make one of the column's.</param>
internal sealed class ThroughputColumn(string name, Func<string, double?> items, double unit = 1) : IColumn
{
    public string Id => name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "What a call works through, a second";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var mean = summary[benchmarkCase]?.ResultStatistics?.Mean; // nanoseconds
        return mean is { } time && items(benchmarkCase.Descriptor.WorkloadMethod.Name) is { } count
            ? (count / time * 1e9 / unit).ToString(unit == 1 ? "N0" : "N1")
            : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
}
