using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>The lists of a batch for dense products and for reverse directions: see <see cref="Directions"/>.</summary>
/// <param name="device">Where.</param>
/// <param name="buffers">Take the lists.</param>
/// <param name="limits">The largest batch.</param>
internal sealed class DeviceReversal(ComputeDevice device, DeviceBuffers buffers, EngineLimits limits)
{
    private readonly ArrayView<int> identity = buffers.Upload([.. Enumerable.Range(0, limits.MaxRows * limits.MaxSteps)]);
    private readonly ArrayView<int> positions = buffers.Allocate<int>(limits.MaxRows * limits.MaxSteps);
    private readonly ArrayView<int> slots = buffers.Allocate<int>(limits.MaxRows * limits.MaxSteps);
    private readonly ArrayView<int> sortedPositions = buffers.Allocate<int>(limits.MaxRows * limits.MaxSteps);

    /// <summary>Whether a model needs them.</summary>
    public static bool IsNeeded(ModelOptions options) =>
        options.IsBidirectional || options.Layers > 1 || options.HasFeatures;

    /// <summary>T B of the batch [1].</summary>
    public ArrayView<int> PositionCount { get; } = buffers.Allocate<int>(1);

    /// <summary>The numbers 0, 1, 2 and so on.</summary>
    public ArrayView<int> Identity(int count) => identity.SubView(0, count);

    /// <summary>The number that each position has in a direction's order [T, B].</summary>
    public ArrayView<int> Positions(DeviceBatch batch, int direction) =>
        direction == 0 ? Identity(batch.Positions) : positions.SubView(0, batch.Positions);

    /// <summary>The tokens' slots in the reverse direction's order [T, B].</summary>
    public ArrayView<int> Slots(DeviceBatch batch) => slots.SubView(0, batch.Positions);

    /// <summary>The positions that run in the reverse direction's order, sorted by slot [running].</summary>
    public ArrayView<int> SortedPositions(DeviceBatch batch) => sortedPositions.SubView(0, batch.Positions);

    /// <summary>Queues the lists of a batch.</summary>
    public void Prepare(DeviceBatch batch, DeviceBatchIndex index) => Directions.Reverse(device, new()
    {
        Lengths = index.Lengths(batch),
        Slots = index.Slots(batch),
        SortedPositions = index.SortedPositions(batch),
        ReversedPositions = positions,
        ReversedSlots = slots,
        ReversedSortedPositions = sortedPositions,
        PositionCount = PositionCount,
        Rows = batch.Rows,
        Steps = batch.Steps,
        Running = batch.Running,
    });
}
