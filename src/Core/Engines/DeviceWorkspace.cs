using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines;

/// <summary>Every buffer that a training step needs on the device, allocated once for the largest batch.</summary>
internal sealed class DeviceWorkspace : IDisposable
{
    private readonly ComputeDevice device;
    private readonly List<IDisposable> buffers = [];

    public DeviceWorkspace(ComputeDevice device, ParameterLayout layout, ModelOptions options, EngineLimits limits, int maxSlots, int maxTotals)
    {
        this.device = device;
        var (rows, positions, hidden) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps, options.HiddenSize);
        try
        {
            Parameters = Allocate<float>(layout.Length);
            Gradient = Allocate<float>(layout.Length);
            FirstMoments = Allocate<float>(layout.Length);
            SecondMoments = Allocate<float>(layout.Length);

            Lengths = Allocate<int>(rows);
            Labels = Allocate<float>(rows);
            Slots = Allocate<int>(positions);
            SlotTokens = Allocate<int>(maxSlots);
            SegmentStarts = Allocate<int>(maxSlots + 1);
            SortedPositions = Allocate<int>(positions);

            Table = Allocate<float>(4L * maxSlots * hidden);
            TableGradient = Allocate<float>(4L * maxSlots * hidden);
            Gates = Allocate<float>(4L * positions * hidden);
            CellStates = Allocate<float>((long)positions * hidden);
            HiddenStates = Allocate<float>((long)positions * hidden);
            CellGradient = Allocate<float>((long)rows * hidden);
            LastHiddenGradient = Allocate<float>((long)rows * hidden);
            WeightGradientPartial = Allocate<float>(WeightGradient.ScratchLength(positions, 4 * hidden, hidden));
            Logits = Allocate<float>(rows);
            RowLosses = Allocate<float>(rows);
            Totals = Allocate<float>(2L * maxTotals);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    // Model, flat in ParameterLayout's order.
    public ArrayView<float> Parameters { get; }

    public ArrayView<float> Gradient { get; }

    public ArrayView<float> FirstMoments { get; }

    public ArrayView<float> SecondMoments { get; }

    // The batch's plan: see BatchPlan for shapes.
    public ArrayView<int> Lengths { get; }

    public ArrayView<float> Labels { get; }

    public ArrayView<int> Slots { get; }

    public ArrayView<int> SlotTokens { get; }

    public ArrayView<int> SegmentStarts { get; }

    public ArrayView<int> SortedPositions { get; }

    /// <summary>[U, 4H].</summary>
    public ArrayView<float> Table { get; }

    /// <summary>[U, 4H].</summary>
    public ArrayView<float> TableGradient { get; }

    /// <summary>[T, B, 4H]: activations forward, gradients backward.</summary>
    public ArrayView<float> Gates { get; }

    /// <summary>[T, B, H].</summary>
    public ArrayView<float> CellStates { get; }

    /// <summary>[T, B, H].</summary>
    public ArrayView<float> HiddenStates { get; }

    /// <summary>[B, H].</summary>
    public ArrayView<float> CellGradient { get; }

    /// <summary>[B, H].</summary>
    public ArrayView<float> LastHiddenGradient { get; }

    /// <summary>Scratch of <see cref="WeightGradient"/>.</summary>
    public ArrayView<float> WeightGradientPartial { get; }

    /// <summary>[B].</summary>
    public ArrayView<float> Logits { get; }

    /// <summary>[B].</summary>
    public ArrayView<float> RowLosses { get; }

    /// <summary>Loss sum and correct rows of each step not yet read [steps, 2].</summary>
    public ArrayView<float> Totals { get; }

    /// <summary>A tensor's part of a flat buffer.</summary>
    public static ArrayView<float> Part(ArrayView<float> flat, ParameterTensor tensor) => flat.SubView(tensor.Offset, tensor.Length);

    /// <summary>Uploads a plan.</summary>
    public void Upload(BatchPlan plan)
    {
        Copy(plan.Lengths, Lengths, plan.Rows);
        Copy(plan.Labels, Labels, plan.Rows);
        Copy(plan.Slots, Slots, plan.Positions);
        Copy(plan.SlotTokens, SlotTokens, plan.SlotCount);
        Copy(plan.SegmentStarts, SegmentStarts, plan.SlotCount + 1);
        Copy(plan.SortedPositions, SortedPositions, plan.SegmentStarts[plan.SlotCount]);
    }

    public void Dispose()
    {
        foreach (var buffer in buffers)
            buffer.Dispose();
        buffers.Clear();
    }

    private void Copy<T>(T[] source, ArrayView<T> target, int count)
        where T : unmanaged
    {
        if (count > 0)
            target.SubView(0, count).CopyFromCPU(device.Stream, source.AsSpan(0, count));
    }

    private ArrayView<T> Allocate<T>(long length)
        where T : unmanaged
    {
        var buffer = device.Allocate<T>(length);
        buffers.Add(buffer);
        return buffer.View;
    }
}
