using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Every buffer that a forward pass needs on the device beside data and parameters, allocated once for the largest batch.
/// </summary>
internal sealed class DeviceForwardBuffers : IDisposable
{
    private readonly DeviceBuffers buffers;

    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="kernels">Which of the kernels need scratch.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceForwardBuffers(ComputeDevice device, ModelOptions options, EngineLimits limits, KernelChoice kernels)
    {
        var (rows, positions, hidden) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps, options.HiddenSize);
        buffers = new DeviceBuffers(device);
        try
        {
            Table = buffers.Allocate<UnitGates>((long)BatchIndex.MaxSlots(options.VocabularySize, positions) * hidden);
            Gates = buffers.Allocate<UnitGates>((long)positions * hidden);
            CellStates = buffers.Allocate<float>((long)positions * hidden);
            HiddenStates = buffers.Allocate<float>((long)positions * hidden);
            SequenceScratch = buffers.Allocate<float>(DeviceBuffers.Bounded(kernels.Sequence.ScratchLength(rows, hidden)));
            if (kernels.Sequence.IsLaunchAStep)
            {
                Slots = buffers.Allocate<int>(positions);
                Lengths = buffers.Allocate<int>(rows);
            }

            Logits = buffers.Allocate<float>((long)rows * options.Logits);
            RowLosses = buffers.Allocate<float>(rows);
            LogitGradients = buffers.Allocate<float>((long)rows * options.Logits);
            PlainLoss = new DeviceLoss(buffers, LossNumbers.Plain(options.Classes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The gate table [U, H].</summary>
    public ArrayView<UnitGates> Table { get; }

    /// <summary>[T, B, H]: activations forward, gradients backward.</summary>
    public ArrayView<UnitGates> Gates { get; }

    /// <summary>[T, B, H].</summary>
    public ArrayView<float> CellStates { get; }

    /// <summary>[T, B, H].</summary>
    public ArrayView<float> HiddenStates { get; }

    /// <summary>A batch's slots, at the same place for every batch [T, B]; where a sequence is a launch a step.</summary>
    public ArrayView<int> Slots { get; }

    /// <summary>A batch's lengths, likewise [B].</summary>
    public ArrayView<int> Lengths { get; }

    /// <summary>Scratch of <see cref="LstmSequence"/>.</summary>
    public ArrayView<float> SequenceScratch { get; }

    /// <summary>[B, L]; in training.</summary>
    public ArrayView<float> Logits { get; }

    /// <summary>The plain cross-entropy, by which a model is evaluated.</summary>
    public DeviceLoss PlainLoss { get; }

    /// <summary>[B].</summary>
    public ArrayView<float> RowLosses { get; }

    /// <summary>Gradients of the mean loss [B, L]: the forward kernel of the head writes them.</summary>
    public ArrayView<float> LogitGradients { get; }

    public void Dispose() => buffers.Dispose();
}
