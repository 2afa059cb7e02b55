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
    /// <param name="trains">Whether what each layer leaves is kept for the way back; else all layers share it.</param>
    /// <param name="dropout">What is dropped in training steps.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceForwardBuffers(
        ComputeDevice device, ModelOptions options, EngineLimits limits, KernelChoice kernels, bool trains,
        DropoutOptions dropout)
    {
        var (rows, positions, hidden) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps, options.HiddenSize);
        buffers = new DeviceBuffers(device);
        try
        {
            var slots = BatchIndex.MaxSlots(options.VocabularySize, positions);
            var hasDense = options.Layers > 1 || options.HasFeatures;
            Table = buffers.Allocate<UnitGates>((long)(hasDense ? Math.Max(slots, positions) : slots) * hidden);
            var layers = trains ? options.Layers : 1;
            Sequences =
            [
                .. Enumerable.Range(0, layers * options.Directions).Select(_ => new DeviceSequenceBuffers(
                    buffers.Allocate<UnitGates>((long)positions * hidden), buffers.Allocate<float>((long)positions * hidden),
                    buffers.Allocate<float>((long)positions * hidden))),
            ];
            // Of one direction the hidden states are the features.
            Features = !options.IsBidirectional
                ? [.. Sequences.Select(sequence => sequence.HiddenStates)]
                : [.. Enumerable.Range(0, layers).Select(_ => buffers.Allocate<float>((long)positions * options.Features))];
            if (DeviceReversal.IsNeeded(options))
                Reversal = new DeviceReversal(device, buffers, limits);
            SequenceScratch = buffers.Allocate<float>(DeviceBuffers.Bounded(kernels.Sequence.ScratchLength(rows, hidden)));
            if (kernels.Sequence.IsLaunchAStep)
            {
                Slots = buffers.Allocate<int>(positions);
                Lengths = buffers.Allocate<int>(rows);
            }

            if (options.IsPooled)
                Pooling = new DevicePoolingBuffers(buffers, options, limits);
            if (dropout.StepOf(1) is not null)
                Dropout = new DeviceDropoutBuffers(buffers, options, dropout, limits);
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

    /// <summary>The gate table of the layer and direction in hand [U, H].</summary>
    public ArrayView<UnitGates> Table { get; }

    /// <summary>
    /// What each direction of each layer leaves, in the order of <see cref="Parameters.ParameterLayout.Lstm"/>; or of one layer,
    /// which all share.
    /// </summary>
    public IReadOnlyList<DeviceSequenceBuffers> Sequences { get; }

    /// <summary>The hidden states of all directions of each layer [T, B, D H], or of one layer.</summary>
    public IReadOnlyList<ArrayView<float>> Features { get; }

    /// <summary>The lists for several layers or directions, or for features of tokens; null where there is one of each.</summary>
    public DeviceReversal? Reversal { get; }

    /// <summary>What a readout of all steps leaves; null where the head reads the last.</summary>
    public DevicePoolingBuffers? Pooling { get; }

    /// <summary>What dropout leaves; null where nothing is dropped.</summary>
    public DeviceDropoutBuffers? Dropout { get; }

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
