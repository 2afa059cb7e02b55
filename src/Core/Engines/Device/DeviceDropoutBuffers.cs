using GpuLstm.Engines.Contracts;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>What <see cref="Kernels.Operations.Dropout"/> leaves on its way forward, where it cannot be in place.</summary>
internal sealed class DeviceDropoutBuffers
{
    /// <param name="buffers">Take them.</param>
    /// <param name="options">The model.</param>
    /// <param name="dropout">What is dropped.</param>
    /// <param name="limits">The largest batch.</param>
    public DeviceDropoutBuffers(DeviceBuffers buffers, ModelOptions options, DropoutOptions dropout, EngineLimits limits)
    {
        var (rows, positions) = (limits.MaxRows, (long)limits.MaxRows * limits.MaxSteps);
        if (dropout.Embedding > 0)
            Embedding = buffers.Allocate<float>((long)options.VocabularySize * options.EmbeddingSize);
        if (dropout.Layers > 0 && !options.IsBidirectional) // else features are not the hidden states that a layer goes on with
            LayerInputs = Each(options.Layers - 1, positions * options.Features);
        if (dropout.Recurrent > 0)
            StateFactors = Each(options.Layers * options.Directions, (long)rows * options.HiddenSize);
        if (dropout.Head > 0)
        {
            HeadInputs = buffers.Allocate<float>((long)rows * options.HeadInputs);
            OneStep = buffers.Upload([.. Enumerable.Repeat(1, rows)]);
        }

        ArrayView<float>[] Each(int count, long length) =>
            [.. Enumerable.Range(0, count).Select(_ => buffers.Allocate<float>(length))];
    }

    /// <summary>The embedding, of the batch's tokens [V, E].</summary>
    public ArrayView<float> Embedding { get; }

    /// <summary>Of one direction: what each layer above the first reads [T, B, H].</summary>
    public IReadOnlyList<ArrayView<float>> LayerInputs { get; } = [];

    /// <summary>What the hidden states of each direction of each layer are multiplied with [B, H].</summary>
    public IReadOnlyList<ArrayView<float>> StateFactors { get; } = [];

    /// <summary>What the head reads: the hidden states of a single step, as far as the head knows [B, R].</summary>
    public ArrayView<float> HeadInputs { get; }

    /// <summary>The length of each row of it, 1 [B].</summary>
    public ArrayView<int> OneStep { get; }
}
