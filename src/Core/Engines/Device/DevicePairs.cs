using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>The embeddings of a batch's pairs, and the way back to those that its rows of the table have.</summary>
internal sealed class DevicePairs : IDisposable
{
    private readonly PairOptions options;
    private readonly DeviceBuffers buffers;
    private readonly ArrayView<float> dropped; // the batch's rows of the table [U, D], of which some is dropped

    /// <param name="device">Where.</param>
    /// <param name="model">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="table">The pairs' table.</param>
    /// <param name="trains">Whether there is room for what is dropped.</param>
    /// <param name="maxBatches">The most batches of a data set; null: any.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DevicePairs(
        ComputeDevice device, ModelOptions model, EngineLimits limits, DeviceTableRows table, bool trains, int? maxBatches)
    {
        (Table, options) = (table, model.Pairs!);
        buffers = new DeviceBuffers(device);
        try
        {
            Index = DeviceBatchIndex.OfPairs(device, model, limits, maxBatches);
            if (trains)
            {
                var rows = BatchIndex.MaxSlots(options.Rows, limits.MaxRows * limits.MaxSteps);
                dropped = buffers.Allocate<float>((long)rows * options.Size);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Of the batches' pairs.</summary>
    public DeviceBatchIndex Index { get; } = null!;

    /// <summary>The table.</summary>
    public DeviceTableRows Table { get; }

    /// <summary>Those of its rows that a batch reads.</summary>
    public RowList RowsOf(DeviceBatch batch) =>
        new(Index.SlotTokens(batch), Index.SlotCount(batch), BatchIndex.MaxSlots(options.Rows, batch.Running));

    /// <summary>Queues what gives the rows that the first layer reads, in the order of their slots [U, D].</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="parameters">All parameters, flat; takes the batch's rows of the table.</param>
    /// <param name="dropout">What is dropped of them.</param>
    public ArrayView<float> Forward(DeviceBatch batch, ArrayView<float> parameters, DeviceDropout dropout)
    {
        Index.Prepare(batch);
        var list = RowsOf(batch);
        Table.Fetch(list, part: 0, parameters);
        var rows = Table.RowsIn(parameters);
        return dropout.DropSlots(DropoutPlace.Pairs, list, options.Size, rows, dropped) ? dropped : rows;
    }

    /// <summary>Queues that of the rows' gradient is dropped what was dropped of them.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="rows">Their gradient [U, D], in place.</param>
    /// <param name="dropout">As it went forward.</param>
    public void Backward(DeviceBatch batch, ArrayView<float> rows, DeviceDropout dropout) =>
        dropout.DropSlots(DropoutPlace.Pairs, RowsOf(batch), options.Size, rows, rows);

    public void Dispose()
    {
        Index?.Dispose();
        buffers.Dispose();
    }
}
