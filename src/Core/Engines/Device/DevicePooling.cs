using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>Queues the kernels of a readout of all steps.</summary>
/// <param name="device">Where.</param>
/// <param name="options">The model.</param>
/// <param name="layout">Where each parameter is.</param>
/// <param name="parameters">The model, flat.</param>
/// <param name="buffers">What the forward pass leaves.</param>
internal sealed class DevicePooling(
    ComputeDevice device, ModelOptions options, ParameterLayout layout, ArrayView<float> parameters, DevicePoolingBuffers buffers)
{
    private PoolingKind Kind => options.Readout switch
    {
        Readout.Mean => PoolingKind.Mean,
        Readout.Max => PoolingKind.Max,
        Readout.MeanMax => PoolingKind.MeanMax,
        _ => throw new NotSupportedException($"devices have no readout {options.Readout}"),
    };

    /// <summary>What the head reads of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="features">The last layer's hidden states [T, B, D H].</param>
    /// <param name="lengths">[B].</param>
    public void Forward(DeviceBatch batch, ArrayView<float> features, ArrayView<int> lengths)
    {
        if (options.Readout == Readout.Attention)
            Attention.Forward(device, AttentionOf(batch, features, lengths));
        else
            Pooling.Forward(device, PoolingOf(batch, features, lengths), Kind);
    }

    /// <summary>The way back.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="features">As in <see cref="Forward"/>.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="memory">Gradients and scratch.</param>
    public void Backward(
        DeviceBatch batch, ArrayView<float> features, ArrayView<int> lengths, DeviceTrainingBuffers memory)
    {
        if (options.Readout == Readout.Attention)
        {
            Attention.Backward(device, AttentionOf(batch, features, lengths) with
            {
                PooledGradient = memory.HeadInputGradient,
                ScoreGradients = memory.ScoreGradients,
                FeatureGradient = memory.FeatureGradient,
                RowGradients = memory.AttentionRowGradients,
                WeightGradient = DeviceBuffers.Part(memory.Gradient, layout.AttentionWeights!),
            });
        }
        else
        {
            Pooling.Backward(device, PoolingOf(batch, features, lengths) with
            {
                PooledGradient = memory.HeadInputGradient,
                FeatureGradient = memory.FeatureGradient,
            }, Kind);
        }
    }

    private Pooling.Arguments PoolingOf(DeviceBatch batch, ArrayView<float> features, ArrayView<int> lengths) => new()
    {
        Features = features,
        Lengths = lengths,
        Pooled = buffers.Pooled,
        MaxSteps = buffers.MaxSteps,
        Rows = batch.Rows,
        Steps = batch.Steps,
        FeatureCount = options.Features,
    };

    private Attention.Arguments AttentionOf(DeviceBatch batch, ArrayView<float> features, ArrayView<int> lengths) => new()
    {
        Features = features,
        Lengths = lengths,
        Weights = DeviceBuffers.Part(parameters, layout.AttentionWeights!),
        StepWeights = buffers.StepWeights,
        Pooled = buffers.Pooled,
        Rows = batch.Rows,
        Steps = batch.Steps,
        FeatureCount = options.Features,
    };
}
