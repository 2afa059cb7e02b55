using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// What a readout of all steps leaves on its way forward, see <see cref="Kernels.Operations.Pooling"/> and
/// <see cref="Attention"/>.
/// </summary>
internal sealed class DevicePoolingBuffers
{
    /// <param name="buffers">Take them.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    public DevicePoolingBuffers(DeviceBuffers buffers, ModelOptions options, EngineLimits limits)
    {
        var (rows, positions) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps);
        Pooled = buffers.Allocate<float>((long)rows * options.HeadInputs);
        OneStep = buffers.Upload([.. Enumerable.Repeat(1, rows)]);
        if (options.Readout is Readout.Max or Readout.MeanMax)
            MaxSteps = buffers.Allocate<int>((long)rows * options.Features);
        if (options.Readout == Readout.Attention)
            StepWeights = buffers.Allocate<float>(positions);
    }

    /// <summary>What the head reads [B, R]: the hidden states of a single step, as far as the head knows.</summary>
    public ArrayView<float> Pooled { get; }

    /// <summary>The length of each row of it, 1 [B].</summary>
    public ArrayView<int> OneStep { get; }

    /// <summary>The step of each largest value [B, D H].</summary>
    public ArrayView<int> MaxSteps { get; }

    /// <summary>Each step's weight of an attention [T, B].</summary>
    public ArrayView<float> StepWeights { get; }
}
