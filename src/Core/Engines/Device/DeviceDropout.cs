using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Queues the kernels of <see cref="Dropout"/>, and tells the others where they read what it left. Outside of training steps, and
/// where nothing is dropped, that is where it always was.
/// </summary>
/// <param name="device">Where.</param>
/// <param name="options">The model.</param>
/// <param name="index">Of the batches.</param>
/// <param name="buffers">Null: nothing is ever dropped.</param>
internal sealed class DeviceDropout(
    ComputeDevice device, ModelOptions options, DeviceBatchIndex index, DeviceDropoutBuffers? buffers)
{
    private DropoutStep? step;

    /// <summary>Begins a pass.</summary>
    /// <param name="step">The training step; null: nothing is dropped.</param>
    public void Begin(DropoutStep? step) => this.step = step;

    /// <summary>Drops of the embedding of the batch's tokens [V, E].</summary>
    public void DropEmbedding(DeviceBatch batch, ArrayView<float> embedding)
    {
        if (MaskOf(DropoutPlace.Embedding) is { } mask)
            Dropout.ListedRows(device, Tokens(batch, mask) with { Source = embedding, Target = buffers!.Embedding });
    }

    /// <summary>The embedding that the first layer reads [V, E].</summary>
    public ArrayView<float> EmbeddingRead(ArrayView<float> embedding) =>
        MaskOf(DropoutPlace.Embedding) is null ? embedding : buffers!.Embedding;

    /// <summary>The way back of <see cref="DropEmbedding"/>, in place.</summary>
    public void EmbeddingBackward(DeviceBatch batch, ArrayView<float> gradient)
    {
        if (MaskOf(DropoutPlace.Embedding) is { } mask)
            Dropout.ListedRows(device, Tokens(batch, mask) with { Source = gradient, Target = gradient });
    }

    /// <summary>Drops of a layer's features what does not reach the layer above.</summary>
    public void Layer(DeviceBatch batch, int layer, ArrayView<float> features) => Layer(
        batch, layer, features, LayerInputs(layer + 1, features));

    /// <summary>What a layer above the first reads, given the features of the layer below [T, B, D H].</summary>
    public ArrayView<float> LayerInputs(int layer, ArrayView<float> features) =>
        options.IsBidirectional || layer == options.Layers || MaskOf(DropoutPlace.Layer) is null
            ? features
            : buffers!.LayerInputs[layer - 1];

    /// <summary>The way back of <see cref="Layer(DeviceBatch, int, ArrayView{float})"/>, in place.</summary>
    public void LayerBackward(DeviceBatch batch, int layer, ArrayView<float> gradient) => Layer(batch, layer, gradient, gradient);

    /// <summary>What the hidden states of a direction of a layer are multiplied with [B, H]; empty: nothing.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="number">Which direction of which layer.</param>
    public ArrayView<float> DrawStateFactors(DeviceBatch batch, int number)
    {
        if (MaskOf(DropoutPlace.Recurrent, number) is not { } mask)
            return default;
        Dropout.Factors(device, Rows(batch, mask, options.HiddenSize) with { Target = StateFactors(number) });
        return StateFactors(number);
    }

    /// <summary>What <see cref="DrawStateFactors"/> left.</summary>
    public ArrayView<float> StateFactors(int number) =>
        MaskOf(DropoutPlace.Recurrent, number) is null ? default : buffers!.StateFactors[number];

    /// <summary>Drops of what the head reads.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="features">Of the last layer [T, B, D H].</param>
    /// <param name="pooled">What a readout of all steps left [B, R]; null where the head reads the last.</param>
    public void Head(DeviceBatch batch, ArrayView<float> features, ArrayView<float>? pooled)
    {
        if (MaskOf(DropoutPlace.Head) is not { } mask)
            return;
        var arguments = Rows(batch, mask, options.HeadInputs);
        arguments.Target = buffers!.HeadInputs;
        if (pooled is { } source) // which an attention reads on its way back
            Dropout.EveryStep(device, arguments with { Source = source });
        else
            Dropout.LastSteps(device, arguments with { Source = features, Lengths = index.Lengths(batch) });
    }

    /// <summary>What the head reads, and the lengths of its rows; null: what it reads without dropout.</summary>
    public (ArrayView<float> States, ArrayView<int> Lengths)? HeadInputs =>
        MaskOf(DropoutPlace.Head) is null ? null : (buffers!.HeadInputs, buffers.OneStep);

    /// <summary>The way back of <see cref="Head"/>, in place [B, R].</summary>
    public void HeadBackward(DeviceBatch batch, ArrayView<float> gradient)
    {
        if (MaskOf(DropoutPlace.Head) is { } mask)
            Dropout.EveryStep(device, Rows(batch, mask, options.HeadInputs) with { Source = gradient, Target = gradient });
    }

    private void Layer(DeviceBatch batch, int layer, ArrayView<float> source, ArrayView<float> target)
    {
        if (layer < options.Layers - 1 && MaskOf(DropoutPlace.Layer, layer) is { } mask)
        {
            Dropout.EveryStep(device, Rows(batch, mask, options.Features) with
            {
                Source = source,
                Target = target,
                Steps = batch.Steps,
            });
        }
    }

    /// <summary>Drops of rows that have slots, by their numbers: of tokens or of a table, whatever their slots.</summary>
    /// <param name="place">Where.</param>
    /// <param name="rows">The number of each slot.</param>
    /// <param name="columns">Numbers of a row.</param>
    /// <param name="source">Where they are [slots, columns].</param>
    /// <param name="target">Where they go; may be the same.</param>
    /// <returns>False where nothing is dropped, and nothing written.</returns>
    public bool DropSlots(DropoutPlace place, RowList rows, int columns, ArrayView<float> source, ArrayView<float> target)
    {
        if (MaskOf(place) is not { } mask)
            return false;
        Dropout.EveryStep(device, new()
        {
            Source = source,
            Target = target,
            Places = rows.Numbers,
            Mask = mask,
            Count = rows.Max,
            Steps = 1,
            Columns = columns,
        });
        return true;
    }

    private DropoutMask? MaskOf(DropoutPlace place, int number = 0) => step?.MaskOf(place, number);

    private Dropout.Arguments Tokens(DeviceBatch batch, DropoutMask mask) => new()
    {
        Rows = index.SlotTokens(batch),
        RowCount = index.SlotCount(batch),
        Mask = mask,
        Count = BatchIndex.MaxSlots(options.VocabularySize, batch.Running),
        Steps = 1,
        Columns = options.EmbeddingSize,
    };

    private static Dropout.Arguments Rows(DeviceBatch batch, DropoutMask mask, int columns) => new()
    {
        Places = batch.Places,
        Mask = mask,
        Count = batch.Rows,
        Steps = 1,
        Columns = columns,
    };
}
