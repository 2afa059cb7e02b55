using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>Every buffer that a training step needs on the device beside its data, allocated once for the largest batch.</summary>
internal sealed class DeviceWorkspace : IDisposable
{
    private readonly DeviceBuffers buffers;

    /// <param name="device">Where.</param>
    /// <param name="layout">Where each parameter lies.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="kernels">Which of the kernels need scratch.</param>
    /// <param name="maxTotals">Training steps whose totals are kept.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceWorkspace(ComputeDevice device, ParameterLayout layout, ModelOptions options, EngineLimits limits, KernelChoice kernels, int maxTotals)
    {
        var (rows, positions, hidden) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps, options.HiddenSize);
        var slots = BatchIndex.MaxSlots(options.VocabularySize, positions);
        var chunks = SegmentSum.MaxChunks(positions, slots);
        buffers = new DeviceBuffers(device);
        try
        {
            Parameters = buffers.Allocate<float>(layout.Length);
            Gradient = buffers.Allocate<float>(layout.Length);
            FirstMoments = buffers.Allocate<float>(layout.Length);
            SecondMoments = buffers.Allocate<float>(layout.Length);

            Table = buffers.Allocate<UnitGates>((long)slots * hidden);
            TableGradient = buffers.Allocate<UnitGates>((long)slots * hidden);
            ChunkSums = buffers.Allocate<float>(4L * chunks * hidden);
            Gates = buffers.Allocate<UnitGates>((long)positions * hidden);
            CellStates = buffers.Allocate<float>((long)positions * hidden);
            HiddenStates = buffers.Allocate<float>((long)positions * hidden);
            SequenceScratch = buffers.Allocate<float>(Bounded(kernels.Sequence.ScratchLength(rows, hidden)));
            if (kernels.Sequence.IsLaunchAStep)
            {
                Slots = buffers.Allocate<int>(positions);
                Lengths = buffers.Allocate<int>(rows);
                CellGradient = buffers.Allocate<float>((long)rows * hidden);
            }

            LastHiddenGradient = buffers.Allocate<float>((long)rows * hidden);
            WeightGradientPartial = buffers.Allocate<float>(Bounded(Math.Max(
                kernels.RecurrentWeights.ScratchLength(device, positions, hidden, hidden),
                GateTable.ScratchLength(device, slots, hidden, options.EmbeddingSize))));
            Logits = buffers.Allocate<float>(rows);
            RowLosses = buffers.Allocate<float>(rows);
            LogitGradients = buffers.Allocate<float>(rows);
            Totals = buffers.Allocate<float>(2L * maxTotals);
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

    /// <summary>[U, H].</summary>
    public ArrayView<UnitGates> Table { get; }

    /// <summary>[U, H].</summary>
    public ArrayView<UnitGates> TableGradient { get; }

    /// <summary>Scratch of <see cref="SegmentSum"/> [chunks, 4H].</summary>
    public ArrayView<float> ChunkSums { get; }

    /// <summary>[T, B, H]: activations forward, gradients backward.</summary>
    public ArrayView<UnitGates> Gates { get; }

    /// <summary>[T, B, H].</summary>
    public ArrayView<float> CellStates { get; }

    /// <summary>[T, B, H].</summary>
    public ArrayView<float> HiddenStates { get; }

    /// <summary>[B, H]; where a sequence is a launch a step.</summary>
    public ArrayView<float> CellGradient { get; }

    /// <summary>[B, H].</summary>
    public ArrayView<float> LastHiddenGradient { get; }

    /// <summary>A batch's slots, at the same place for every batch [T, B]; where a sequence is a launch a step.</summary>
    public ArrayView<int> Slots { get; }

    /// <summary>A batch's lengths, likewise [B].</summary>
    public ArrayView<int> Lengths { get; }

    /// <summary>Scratch of <see cref="LstmSequence"/>.</summary>
    public ArrayView<float> SequenceScratch { get; }

    /// <summary>Scratch of <see cref="WeightGradient"/>.</summary>
    public ArrayView<float> WeightGradientPartial { get; }

    /// <summary>[B].</summary>
    public ArrayView<float> Logits { get; }

    /// <summary>[B].</summary>
    public ArrayView<float> RowLosses { get; }

    /// <summary>[B].</summary>
    public ArrayView<float> LogitGradients { get; }

    /// <summary>Loss sum and correct rows of each step not yet read [steps, 2].</summary>
    public ArrayView<float> Totals { get; }

    /// <summary>A tensor's part of a flat buffer.</summary>
    public static ArrayView<float> Part(ArrayView<float> flat, ParameterTensor tensor) => flat.SubView(tensor.Offset, tensor.Length);

    public void Dispose() => buffers.Dispose();

    // Kernels number elements with 32 bits.
    private static long Bounded(long elements) => elements <= EngineLimits.MaxElements
        ? elements
        : throw new UserErrorException(
            $"this model needs scratch of {elements:N0} values on a device, more than {EngineLimits.MaxElements:N0}; "
            + $"use a smaller {Setting.HiddenSize} or {Setting.MaxRows}");
}
