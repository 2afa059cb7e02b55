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
/// The pairs' table on a device. A batch's rows are fetched behind the other parameters, where they are parameters as any other,
/// and put back after the step: see <see cref="TableRows"/>.
/// </summary>
internal sealed class DeviceTableRows
{
    private readonly ComputeDevice device;
    private readonly ParameterTensor tensor;
    private readonly RowParts parts;
    private readonly ArrayView<float> table; // [R, K, D]

    /// <param name="device">Where.</param>
    /// <param name="buffers">Take the table.</param>
    /// <param name="tensor">The table.</param>
    /// <param name="parts">Parts of a row K: its parameters, and what the optimizer remembers of them.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceTableRows(ComputeDevice device, DeviceBuffers buffers, ParameterTensor tensor, int parts)
    {
        (this.device, this.tensor) = (device, tensor);
        this.parts = new RowParts(tensor.Shape[0], tensor.Shape[1], parts);
        table = buffers.Allocate<float>(DeviceBuffers.Bounded(this.parts.Length));
    }

    /// <summary>Elements of flat buffers: those of all parameters but the table's, and its rows of the largest batch.</summary>
    public static int FlatLength(ModelOptions options, ParameterLayout layout, EngineLimits limits) =>
        layout.DenseLength
        + (options.Pairs is { } pairs
            ? checked(BatchIndex.MaxSlots(pairs.Rows, limits.MaxRows * limits.MaxSteps) * pairs.Size)
            : 0);

    /// <summary>A batch's rows behind the other parameters in a flat buffer [U, D].</summary>
    public ArrayView<float> RowsIn(ArrayView<float> flat) => flat.SubView(tensor.Offset, flat.Length - tensor.Offset);

    /// <summary>Queues that a part of a batch's rows is fetched.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="index">Of the pairs.</param>
    /// <param name="part">Which; 0 is the parameters themselves.</param>
    /// <param name="flat">That of all parameters, which takes them.</param>
    public void Fetch(DeviceBatch batch, DeviceBatchIndex index, int part, ArrayView<float> flat) =>
        TableRows.Fetch(device, Arguments(batch, index, part, flat));

    /// <summary>Queues that a part of them is put back.</summary>
    public void PutBack(DeviceBatch batch, DeviceBatchIndex index, int part, ArrayView<float> flat) =>
        TableRows.PutBack(device, Arguments(batch, index, part, flat));

    /// <summary>Copies all parts of all rows in.</summary>
    /// <param name="all">Of each part what there is of all parameters [K]; those that are missing are 0.</param>
    public void Set(params ReadOnlySpan<float[]> all)
    {
        var values = new float[table.Length];
        for (var part = 0; part < all.Length; part++)
            parts.Put(part, tensor.In(all[part]), values);
        table.CopyFromCPU(device.Stream, values);
    }

    /// <summary>Copies all parts of all rows out.</summary>
    /// <param name="all">Written: of each part what there is of all parameters, or of the first of them.</param>
    public void Get(params ReadOnlySpan<float[]> all)
    {
        var values = new float[table.Length];
        DeviceBuffers.Download(device, table, values);
        for (var part = 0; part < all.Length; part++)
            parts.Take(part, values, tensor.In(all[part]));
    }

    private TableRows.Arguments Arguments(DeviceBatch batch, DeviceBatchIndex index, int part, ArrayView<float> flat) => new()
    {
        Table = table,
        Numbers = index.SlotTokens(batch),
        Count = index.SlotCount(batch),
        Rows = RowsIn(flat),
        MaxRows = BatchIndex.MaxSlots(parts.Rows, batch.Running),
        Columns = parts.Columns,
        Parts = parts.Parts,
        Part = part,
    };
}
