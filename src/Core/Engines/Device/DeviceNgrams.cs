using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Tables;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// The mean of the embeddings of each token's n-grams, for the token slots of a batch, and the way back to the rows of the table
/// that it reads. See <see cref="EmbeddingBag"/>.
/// </summary>
internal sealed class DeviceNgrams : IDisposable
{
    private readonly ComputeDevice device;
    private readonly ModelOptions model;
    private readonly NgramOptions options;
    private readonly DeviceBuffers buffers;
    private readonly EmbeddingBag.Bags bags;
    private readonly ArrayView<float> means; // [U, D]
    private readonly ArrayView<int> slotOfToken; // [V]
    private readonly ArrayView<int> marks; // [M]
    private readonly ArrayView<int> count; // [1]
    private readonly ArrayView<int> numbers;
    private readonly ArrayView<int> places;

    /// <param name="device">Where.</param>
    /// <param name="model">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="table">The n-grams' table.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceNgrams(ComputeDevice device, ModelOptions model, EngineLimits limits, DeviceTableRows table, bool trains)
    {
        (this.device, this.model, Table, options) = (device, model, table, model.Ngrams!);
        var positions = limits.MaxRows * limits.MaxSteps;
        var slots = BatchIndex.MaxSlots(model.VocabularySize, positions);
        buffers = new DeviceBuffers(device);
        try
        {
            bags.TokenStarts = buffers.Upload<int>(options.Tokens.Starts.ToArray());
            bags.TokenRows = buffers.Upload<int>(options.Tokens.Rows.ToArray());
            bags.TokenShares = buffers.Upload<float>(options.Tokens.Shares());
            means = buffers.Allocate<float>((long)slots * options.Size);
            if (trains)
            {
                var lists = new BagTokens(options.Tokens);
                bags.RowNumbers = buffers.Upload<int>(lists.Rows);
                bags.RowStarts = buffers.Upload<int>(lists.Starts);
                bags.RowTokens = buffers.Upload<int>(lists.Tokens);
                MeanGradient = buffers.Allocate<float>((long)slots * options.Size);
                slotOfToken = buffers.Allocate<int>(model.VocabularySize);
                marks = buffers.Allocate<int>(lists.Rows.Length);
                count = buffers.Allocate<int>(1);
                numbers = buffers.Allocate<int>(MaxRows(options, positions));
                places = buffers.Allocate<int>(MaxRows(options, positions));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The table.</summary>
    public DeviceTableRows Table { get; }

    /// <summary>Gradient of the means [U, D]; in training.</summary>
    public ArrayView<float> MeanGradient { get; }

    /// <summary>The most rows of the table that batches of so many positions can read, 1 at least.</summary>
    public static int MaxRows(NgramOptions options, int positions) => Math.Max(1, options.Tokens.MostRowsOf(positions));

    /// <summary>Those of its rows that the batch reads that went back.</summary>
    public RowList RowsOf(DeviceBatch batch) => new(numbers, count, MaxRows(options, batch.Running));

    /// <summary>Queues the means that the first layer reads, in the order of the tokens' slots [U, D].</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tokens">Of its tokens.</param>
    /// <param name="dropout">What is dropped of them.</param>
    public ArrayView<float> Forward(DeviceBatch batch, DeviceBatchIndex tokens, DeviceDropout dropout)
    {
        EmbeddingBag.Forward(device, Arguments(batch, tokens));
        dropout.DropSlots(DropoutPlace.Ngrams, SlotsOf(batch, tokens), options.Size, means, means);
        return means;
    }

    /// <summary>Queues which rows the batch reads, and their gradient, of <see cref="MeanGradient"/>.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="tokens">Of its tokens.</param>
    /// <param name="rows">Written, their gradient [most, D].</param>
    /// <param name="dropout">As it went forward.</param>
    public void Backward(DeviceBatch batch, DeviceBatchIndex tokens, ArrayView<float> rows, DeviceDropout dropout)
    {
        dropout.DropSlots(DropoutPlace.Ngrams, SlotsOf(batch, tokens), options.Size, MeanGradient, MeanGradient);
        var arguments = Arguments(batch, tokens) with { RowGradient = rows };
        EmbeddingBag.FindRows(device, arguments);
        EmbeddingBag.Backward(device, arguments);
    }

    public void Dispose() => buffers.Dispose();

    private RowList SlotsOf(DeviceBatch batch, DeviceBatchIndex tokens) => new(
        tokens.SlotTokens(batch), tokens.SlotCount(batch), BatchIndex.MaxSlots(model.VocabularySize, batch.Running));

    private EmbeddingBag.Arguments Arguments(DeviceBatch batch, DeviceBatchIndex tokens) => new()
    {
        Bags = bags,
        SlotTokens = tokens.SlotTokens(batch),
        SlotCount = tokens.SlotCount(batch),
        SegmentStarts = tokens.SegmentStarts(batch),
        Table = Table.Table,
        Means = means,
        MeanGradient = MeanGradient,
        SlotOfToken = slotOfToken,
        Marks = marks,
        Count = count,
        Numbers = numbers,
        Places = places,
        VocabularySize = model.VocabularySize,
        RowCount = bags.RowNumbers.IntLength,
        MaxSlots = BatchIndex.MaxSlots(model.VocabularySize, batch.Running),
        MaxRows = MaxRows(options, batch.Running),
        Columns = options.Size,
        Parts = Table.Parts,
    };
}
