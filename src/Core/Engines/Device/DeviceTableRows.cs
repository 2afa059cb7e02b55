using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Tables;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// A table of pairs or n-grams on a device. A batch's rows are fetched behind the other parameters, one table's behind the
/// other's, where they are parameters as any other, and put back after the step: see <see cref="TableRows"/>.
/// </summary>
internal sealed class DeviceTableRows
{
    private readonly ComputeDevice device;
    private readonly ParameterTensor tensor;
    private readonly RowParts parts;
    private readonly int offset; // of a batch's rows in flat buffers
    private readonly int maxRows;

    private DeviceTableRows(
        ComputeDevice device, DeviceBuffers buffers, ParameterTensor tensor, int parts, int offset, int maxRows)
    {
        (this.device, this.tensor, this.offset, this.maxRows) = (device, tensor, offset, maxRows);
        this.parts = new RowParts(tensor.Shape[0], tensor.Shape[1], parts);
        Table = buffers.Allocate<float>(DeviceBuffers.Bounded(this.parts.Length));
    }

    /// <summary>All of a model's, in the order of <see cref="ParameterLayout.RowTables"/>.</summary>
    /// <param name="device">Where.</param>
    /// <param name="buffers">Take the tables.</param>
    /// <param name="options">The model.</param>
    /// <param name="layout">Where its parameters are.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="parts">Parts of a row K: its parameters, and what the optimizer remembers of them.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public static IReadOnlyList<DeviceTableRows> All(
        ComputeDevice device, DeviceBuffers buffers, ModelOptions options, ParameterLayout layout, EngineLimits limits, int parts)
    {
        var (tables, offset) = (new List<DeviceTableRows>(), layout.DenseLength);
        foreach (var table in layout.RowTables)
        {
            var rows = MaxRows(options, layout, table, limits.MaxRows * limits.MaxSteps);
            tables.Add(new DeviceTableRows(device, buffers, table, parts, offset, rows));
            offset += rows * table.Shape[1];
        }

        return tables;
    }

    /// <summary>Elements of flat buffers: those of all parameters but the tables', and their rows of the largest batch.</summary>
    public static int FlatLength(ModelOptions options, ParameterLayout layout, EngineLimits limits) =>
        layout.RowTables.Aggregate(
            layout.DenseLength,
            (sum, table) =>
                checked(sum + MaxRows(options, layout, table, limits.MaxRows * limits.MaxSteps) * table.Shape[1]));

    /// <summary>The most rows of a table that batches of so many positions can read.</summary>
    private static int MaxRows(ModelOptions options, ParameterLayout layout, ParameterTensor table, int positions) =>
        table == layout.Pairs
            ? BatchIndex.MaxSlots(options.Pairs!.Rows, positions)
            : DeviceNgrams.MaxRows(options.Ngrams!, positions);

    /// <summary>The whole table [R, K, D].</summary>
    public ArrayView<float> Table { get; }

    /// <summary>Parts of a row K.</summary>
    public int Parts => parts.Parts;

    /// <summary>A batch's rows behind the other parameters in a flat buffer [most, D].</summary>
    public ArrayView<float> RowsIn(ArrayView<float> flat) => flat.SubView(offset, (long)maxRows * parts.Columns);

    /// <summary>Queues that a part of a batch's rows is fetched.</summary>
    /// <param name="rows">Which rows.</param>
    /// <param name="part">Which part; 0 is the parameters themselves.</param>
    /// <param name="flat">That of all parameters, which takes them.</param>
    public void Fetch(RowList rows, int part, ArrayView<float> flat) =>
        TableRows.Fetch(device, Arguments(rows, part, flat));

    /// <summary>Queues that a part of them is put back.</summary>
    public void PutBack(RowList rows, int part, ArrayView<float> flat) =>
        TableRows.PutBack(device, Arguments(rows, part, flat));

    /// <summary>Copies the parameters of all rows in; their other parts are 0.</summary>
    /// <param name="all">All parameters.</param>
    public void SetParameters(ReadOnlySpan<float> all)
    {
        var values = new float[Table.Length];
        parts.Put(part: 0, tensor.In(all), values);
        Table.CopyFromCPU(device.Stream, values);
    }

    /// <summary>Copies all parts of all rows in.</summary>
    /// <param name="all">Of each part what there is of all parameters [K].</param>
    public void Set(params ReadOnlySpan<float[]> all)
    {
        var values = new float[Table.Length];
        for (var part = 0; part < all.Length; part++)
            parts.Put(part, tensor.In(all[part]), values);
        Table.CopyFromCPU(device.Stream, values);
    }

    /// <summary>Copies all parts of all rows out.</summary>
    /// <param name="all">Written: of each part what there is of all parameters, or of the first of them.</param>
    public void Get(params ReadOnlySpan<float[]> all)
    {
        var values = new float[Table.Length];
        DeviceBuffers.Download(device, Table, values);
        for (var part = 0; part < all.Length; part++)
            parts.Take(part, values, tensor.In(all[part]));
    }

    /// <summary>Copies the gradient of a batch's rows out, to where they are in that of all parameters.</summary>
    /// <param name="rows">Which rows.</param>
    /// <param name="gradient">All gradients, flat, with the batch's rows behind the others.</param>
    /// <param name="all">Of all parameters; the table's part is written.</param>
    public void DownloadGradient(RowList rows, ArrayView<float> gradient, Span<float> all)
    {
        var (count, numbers, values) = (new int[1], new int[rows.Max], new float[RowsIn(gradient).Length]);
        DeviceBuffers.Download(device, RowsIn(gradient), values);
        rows.Count.CopyToCPU(device.Stream, count);
        rows.Numbers.SubView(0, rows.Max).CopyToCPU(device.Stream, numbers);
        device.Synchronize();
        var target = tensor.In(all);
        target.Clear();
        for (var row = 0; row < count[0]; row++)
            values.AsSpan(row * parts.Columns, parts.Columns).CopyTo(target[(numbers[row] * parts.Columns)..]);
    }

    private TableRows.Arguments Arguments(RowList rows, int part, ArrayView<float> flat) => new()
    {
        Table = Table,
        Numbers = rows.Numbers,
        Count = rows.Count,
        Rows = RowsIn(flat),
        MaxRows = rows.Max,
        Columns = parts.Columns,
        Parts = parts.Parts,
        Part = part,
    };
}

/// <summary>A batch's rows of a table.</summary>
/// <param name="Numbers">Which, each once [at least the count].</param>
/// <param name="Count">How many [1].</param>
/// <param name="Max">The most there may be.</param>
internal readonly record struct RowList(ArrayView<int> Numbers, ArrayView<int> Count, int Max);
