using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// The index of some of a data set's batches, one behind the other, made a window at a time as <see cref="BatchIndex"/> computes
/// them: see there for the shapes of a batch's part.
/// </summary>
internal sealed class DeviceBatchIndex : IDisposable
{
    private const int MaxBatches = 64;
    private const long MaxElements = 1 << 23; // 32 MB

    private readonly ComputeDevice device;
    private readonly DeviceBuffers buffers;
    private readonly int vocabularySize; // or the rows of the pairs' table
    private readonly Func<DeviceBatches, SortedNumbers> numbers;
    private readonly int batches;
    private readonly ArrayView<int> lengths;
    private readonly ArrayView<int> labels;
    private readonly ArrayView<int> slots;
    private readonly ArrayView<int> slotCount;
    private readonly ArrayView<int> slotTokens;
    private readonly ArrayView<int> segmentStarts;
    private readonly ArrayView<int> sortedPositions;
    private readonly ArrayView<int> chunkStarts;
    private readonly ArrayView<int> chunkSlots;
    private readonly ArrayView<int> slotOfToken;
    private readonly ArrayView<int> counts;
    private readonly ArrayView<int> runStarts;
    private DeviceBatches? set;
    private int order; // of the set, when the window was made
    private int firstBatch;
    private int batchSize;
    private int width;
    private int slotStride; // the most slots of any batch in the window
    private int chunkStride; // and the most chunks

    private DeviceBatchIndex(
        ComputeDevice device, int vocabularySize, Func<DeviceBatches, SortedNumbers> numbers, EngineLimits limits,
        int maxBatches)
    {
        (this.device, this.vocabularySize, this.numbers) = (device, vocabularySize, numbers);
        var (rows, positions) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps);
        var maxSlots = BatchIndex.MaxSlots(vocabularySize, positions);
        var maxChunks = SegmentSum.MaxChunks(positions, maxSlots);
        if ((long)rows * maxSlots > EngineLimits.MaxElements)
        {
            throw new UserErrorException(
                $"batches of {rows} rows and {maxSlots} different tokens or pairs are too many for a device; use a smaller "
                + $"{Setting.MaxRows} or {Setting.MaxSteps}");
        }

        var tokens = BatchIndex.IsCompacted(vocabularySize) ? vocabularySize : 0;
        var elementsInBatch = 2L * positions + 2L * rows * maxSlots + 3L * maxSlots + maxChunks + tokens;
        batches = (int)Math.Clamp(MaxElements / elementsInBatch, 1, Math.Min(maxBatches, MaxBatches));
        buffers = new DeviceBuffers(device);
        try
        {
            lengths = Allocate(rows);
            labels = buffers.Allocate<int>((long)batches * rows);
            slots = Allocate(positions);
            slotCount = Allocate(1);
            slotTokens = Allocate(maxSlots);
            segmentStarts = Allocate(maxSlots + 1);
            sortedPositions = Allocate(positions);
            chunkStarts = Allocate(maxSlots + 1);
            chunkSlots = Allocate(maxChunks);
            slotOfToken = Allocate(tokens);
            counts = Allocate((long)rows * maxSlots);
            runStarts = Allocate((long)rows * maxSlots);
            if (tokens > 0)
                slotOfToken.MemSetToZero(device.Stream);
        }
        catch
        {
            buffers.Dispose();
            throw;
        }

        ArrayView<int> Allocate(long inBatch) => buffers.Allocate<int>(batches * inBatch);
    }

    /// <summary>Of the batches' tokens.</summary>
    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="maxBatches">The most batches of a data set; null: any.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public static DeviceBatchIndex OfTokens(
        ComputeDevice device, ModelOptions options, EngineLimits limits, int? maxBatches = null) =>
        new(device, options.VocabularySize, set => set.Tokens, limits, maxBatches ?? MaxBatches);

    /// <summary>Of their pairs: in place of a token stands a row of the pairs' table.</summary>
    public static DeviceBatchIndex OfPairs(
        ComputeDevice device, ModelOptions options, EngineLimits limits, int? maxBatches = null) =>
        new(device, options.Pairs!.Rows, set => set.Pairs!, limits, maxBatches ?? MaxBatches);

    /// <summary>So many batches are indexed at a time.</summary>
    public int Batches => batches;

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.Lengths"/> [B].</summary>
    public ArrayView<int> Lengths(DeviceBatch batch) => lengths.SubView(Place(batch) * batchSize, batch.Rows);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.Labels"/> [B].</summary>
    public ArrayView<int> Labels(DeviceBatch batch) => labels.SubView(Place(batch) * batchSize, batch.Rows);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.Slots"/> [T, B].</summary>
    public ArrayView<int> Slots(DeviceBatch batch) => slots.SubView(Place(batch) * batchSize * width, batch.Positions);

    /// <summary>The batch's <see cref="BatchIndex.Arguments.SlotCount"/> [1].</summary>
    public ArrayView<int> SlotCount(DeviceBatch batch) => slotCount.SubView(Place(batch), 1);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.SlotTokens"/> [U].</summary>
    public ArrayView<int> SlotTokens(DeviceBatch batch) => slotTokens.SubView(Place(batch) * slotStride, slotStride);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.SegmentStarts"/> [U + 1].</summary>
    public ArrayView<int> SegmentStarts(DeviceBatch batch) =>
        segmentStarts.SubView(Place(batch) * (slotStride + 1), slotStride + 1);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.SortedPositions"/> [T B].</summary>
    public ArrayView<int> SortedPositions(DeviceBatch batch) =>
        sortedPositions.SubView(Place(batch) * batchSize * width, batch.Positions);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.ChunkStarts"/> [U + 1].</summary>
    public ArrayView<int> ChunkStarts(DeviceBatch batch) => chunkStarts.SubView(Place(batch) * (slotStride + 1), slotStride + 1);

    /// <summary>The batch's part of <see cref="BatchIndex.Arguments.ChunkSlots"/> [chunks].</summary>
    public ArrayView<int> ChunkSlots(DeviceBatch batch) => chunkSlots.SubView(Place(batch) * chunkStride, chunkStride);

    /// <summary>Queues the index of a batch and those behind it, unless the last window has them.</summary>
    public void Prepare(DeviceBatch batch)
    {
        if (batch.Set == set && set.OrderNumber == order && batch.Index >= firstBatch && batch.Index < firstBatch + batches)
            return;
        (set, order, firstBatch) = (batch.Set, batch.Set.OrderNumber, batch.Index);
        (batchSize, width) = (batch.Set.BatchSize, batch.Set.Width);
        var rows = Math.Min(batches * batchSize, set.Rows - batch.First);
        var running = Enumerable.Range(firstBatch, (rows + batchSize - 1) / batchSize).Max(set.RunningIn);
        slotStride = BatchIndex.MaxSlots(vocabularySize, running);
        chunkStride = SegmentSum.MaxChunks(running, slotStride);
        BatchIndex.Prepare(device, new()
        {
            SortedTokens = numbers(set).Numbers,
            SortedSteps = numbers(set).Steps,
            RowLengths = set.RowLengths,
            RowLabels = set.RowLabels,
            BatchRows = set.BatchRows.SubView(batch.First, rows),
            Lengths = lengths,
            Labels = labels,
            Slots = slots,
            SlotCount = slotCount,
            SlotTokens = slotTokens,
            SegmentStarts = segmentStarts,
            SortedPositions = sortedPositions,
            ChunkStarts = chunkStarts,
            ChunkSlots = chunkSlots,
            SlotOfToken = slotOfToken,
            Counts = counts,
            RunStarts = runStarts,
            Rows = rows,
            BatchSize = batchSize,
            Width = width,
            VocabularySize = vocabularySize,
            MaxSlots = slotStride,
            MaxChunks = chunkStride,
        });
    }

    public void Dispose() => buffers.Dispose();

    private int Place(DeviceBatch batch) => batch.Index - firstBatch;
}
