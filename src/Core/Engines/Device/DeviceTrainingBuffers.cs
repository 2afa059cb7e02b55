using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Every buffer that training needs on the device beside its data and <see cref="DeviceForwardBuffers"/>, allocated once for the
/// largest batch.
/// </summary>
internal sealed class DeviceTrainingBuffers : IDisposable
{
    private readonly DeviceBuffers buffers;

    /// <param name="device">Where.</param>
    /// <param name="layout">Where each parameter is.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="kernels">Which of the kernels need scratch.</param>
    /// <param name="maxTotals">Training steps whose totals are kept.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceTrainingBuffers(
        ComputeDevice device, ParameterLayout layout, ModelOptions options, EngineLimits limits, KernelChoice kernels,
        int maxTotals)
    {
        var (rows, positions, hidden) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps, options.HiddenSize);
        var slots = BatchIndex.MaxSlots(options.VocabularySize, positions);
        buffers = new DeviceBuffers(device);
        try
        {
            Parameters = buffers.Allocate<float>(layout.Length);
            Gradient = buffers.Allocate<float>(layout.Length);
            FirstMoments = buffers.Allocate<float>(layout.Length);
            SecondMoments = buffers.Allocate<float>(layout.Length);
            TableGradient = buffers.Allocate<UnitGates>((long)slots * hidden);
            ChunkSums = buffers.Allocate<float>(4L * SegmentSum.MaxChunks(positions, slots) * hidden);
            if (kernels.Sequence.IsLaunchAStep)
                CellGradient = buffers.Allocate<float>((long)rows * hidden);
            LastHiddenGradient = buffers.Allocate<float>((long)rows * hidden);
            WeightGradientPartial = buffers.Allocate<float>(DeviceBuffers.Bounded(Math.Max(
                kernels.RecurrentWeights.ScratchLength(device, positions, hidden, hidden),
                GateTable.ScratchLength(device, slots, hidden, options.EmbeddingSize))));
            Totals = buffers.Allocate<float>(2L * maxTotals);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model, flat in <see cref="ParameterLayout"/>'s order.</summary>
    public ArrayView<float> Parameters { get; }

    /// <summary>The gradient of the mean loss, likewise.</summary>
    public ArrayView<float> Gradient { get; }

    /// <summary>Adam's first moments, likewise.</summary>
    public ArrayView<float> FirstMoments { get; }

    /// <summary>Adam's second moments, likewise.</summary>
    public ArrayView<float> SecondMoments { get; }

    /// <summary>Gradient of the gate table [U, H].</summary>
    public ArrayView<UnitGates> TableGradient { get; }

    /// <summary>Scratch of <see cref="SegmentSum"/> [chunks, 4H].</summary>
    public ArrayView<float> ChunkSums { get; }

    /// <summary>[B, H]; where a sequence is a launch a step.</summary>
    public ArrayView<float> CellGradient { get; }

    /// <summary>[B, H].</summary>
    public ArrayView<float> LastHiddenGradient { get; }

    /// <summary>Scratch of <see cref="WeightGradient"/>.</summary>
    public ArrayView<float> WeightGradientPartial { get; }

    /// <summary>Loss sum and correct rows of each step not yet read [steps, 2].</summary>
    public ArrayView<float> Totals { get; }

    public void Dispose() => buffers.Dispose();
}
