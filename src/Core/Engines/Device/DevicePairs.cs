using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// What the first layer reads where there are pairs, at each position: with them a token is no longer what decides it. And the
/// way back, to the embeddings of tokens and pairs.
/// </summary>
internal sealed class DevicePairs : IDisposable
{
    private readonly ComputeDevice device;
    private readonly ModelOptions options;
    private readonly ParameterLayout layout;
    private readonly DeviceTableRows table;
    private readonly DeviceBuffers buffers;
    private readonly ArrayView<float> dropped; // the batch's rows of the table [U, D], of which some is dropped
    private readonly ArrayView<float> chunkSums;
    private readonly ArrayView<float> tokenGradients; // [U, E]
    private DropoutMask? mask;

    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="layout">Where each parameter is.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="table">The pairs' table.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    /// <param name="maxBatches">The most batches of a data set; null: any.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DevicePairs(
        ComputeDevice device, ModelOptions options, ParameterLayout layout, EngineLimits limits, DeviceTableRows table,
        bool trains, int? maxBatches = null)
    {
        (this.device, this.options, this.layout, this.table) = (device, options, layout, table);
        Pairs = options.Pairs!;
        var positions = limits.MaxRows * limits.MaxSteps;
        var tokens = BatchIndex.MaxSlots(options.VocabularySize, positions);
        var pairs = BatchIndex.MaxSlots(Pairs.Rows, positions);
        buffers = new DeviceBuffers(device);
        try
        {
            Index = DeviceBatchIndex.OfPairs(device, options, limits, maxBatches);
            Inputs = buffers.Allocate<float>((long)positions * options.InputSize);
            if (trains)
            {
                InputGradient = buffers.Allocate<float>((long)positions * options.InputSize);
                dropped = buffers.Allocate<float>((long)pairs * Pairs.Size);
                tokenGradients = buffers.Allocate<float>((long)tokens * options.EmbeddingSize);
                chunkSums = buffers.Allocate<float>(Math.Max(
                    (long)SegmentSum.MaxChunks(positions, tokens) * options.EmbeddingSize,
                    (long)SegmentSum.MaxChunks(positions, pairs) * Pairs.Size));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Of the batches' pairs.</summary>
    public DeviceBatchIndex Index { get; } = null!;

    /// <summary>What the first layer reads [T, B, <see cref="ModelOptions.InputSize"/>]; 0 behind a row's end.</summary>
    public ArrayView<float> Inputs { get; }

    /// <summary>Its gradient, likewise; in training.</summary>
    public ArrayView<float> InputGradient { get; }

    private PairOptions Pairs { get; }

    /// <summary>Queues <see cref="Inputs"/>, and what it takes of the pairs' table.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tokens">Of its tokens, prepared.</param>
    /// <param name="embedding">As the first layer reads it [V, E].</param>
    /// <param name="parameters">All parameters, flat; takes the batch's rows of the table.</param>
    /// <param name="mask">What is dropped of them; null: nothing.</param>
    public void Forward(
        DeviceBatch batch, DeviceBatchIndex tokens, ArrayView<float> embedding, ArrayView<float> parameters, DropoutMask? mask)
    {
        this.mask = mask;
        Index.Prepare(batch);
        table.Fetch(batch, Index, part: 0, parameters);
        var rows = table.RowsIn(parameters);
        if (mask is not null)
        {
            Drop(batch, rows, dropped);
            rows = dropped;
        }

        InputFeatures.Join(device, new()
        {
            Embedding = embedding,
            SlotTokens = tokens.SlotTokens(batch),
            TokenSlots = tokens.Slots(batch),
            Pairs = rows,
            PairSlots = Index.Slots(batch),
            Lengths = tokens.Lengths(batch),
            Inputs = Inputs,
            Rows = batch.Rows,
            Steps = batch.Steps,
            EmbeddingSize = options.EmbeddingSize,
            PairColumn = PairColumn,
            InputSize = options.InputSize,
        });
    }

    /// <summary>Queues the embeddings' gradients of <see cref="InputGradient"/>.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="tokens">Of its tokens.</param>
    /// <param name="gradient">All gradients, flat, with the batch's rows of the table behind the others.</param>
    public void Backward(DeviceBatch batch, DeviceBatchIndex tokens, ArrayView<float> gradient)
    {
        Sum(batch, tokens, options.VocabularySize, InputGradient, options.EmbeddingSize, tokenGradients);
        TableRows.PutBack(device, new()
        {
            Table = DeviceBuffers.Part(gradient, layout.Embedding),
            Numbers = tokens.SlotTokens(batch),
            Count = tokens.SlotCount(batch),
            Rows = tokenGradients,
            MaxRows = BatchIndex.MaxSlots(options.VocabularySize, batch.Running),
            Columns = options.EmbeddingSize,
            Parts = 1,
        });
        var rows = table.RowsIn(gradient);
        Sum(
            batch, Index, Pairs.Rows, InputGradient.SubView(PairColumn, InputGradient.Length - PairColumn), Pairs.Size, rows);
        if (mask is not null)
            Drop(batch, rows, rows);
    }

    /// <summary>Copies the gradient of a batch's rows out, to where they are in that of all parameters.</summary>
    /// <param name="batch">The batch that went back.</param>
    /// <param name="gradient">All gradients, flat, with the batch's rows of the table behind the others.</param>
    /// <param name="all">Of all parameters; the pairs' part is written.</param>
    public void DownloadGradient(DeviceBatch batch, ArrayView<float> gradient, Span<float> all)
    {
        var rows = new float[table.RowsIn(gradient).Length];
        DeviceBuffers.Download(device, table.RowsIn(gradient), rows);
        var target = layout.Pairs!.In(all);
        target.Clear();
        foreach (var (slot, number) in Index.NumbersOf(batch).Index())
            rows.AsSpan(slot * Pairs.Size, Pairs.Size).CopyTo(target[(number * Pairs.Size)..]);
    }

    /// <summary>Queues that what the optimizer remembers of the batch's rows is fetched.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="states">What it remembers of all parameters.</param>
    public void FetchStates(DeviceBatch batch, IReadOnlyList<ArrayView<float>> states)
    {
        for (var state = 0; state < states.Count; state++)
            table.Fetch(batch, Index, state + 1, states[state]);
    }

    /// <summary>Queues that the batch's rows are put back.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="states">What the optimizer remembers of them.</param>
    public void PutBack(DeviceBatch batch, ArrayView<float> parameters, IReadOnlyList<ArrayView<float>> states)
    {
        table.PutBack(batch, Index, part: 0, parameters);
        for (var state = 0; state < states.Count; state++)
            table.PutBack(batch, Index, state + 1, states[state]);
    }

    public void Dispose()
    {
        Index?.Dispose();
        buffers.Dispose();
    }

    private int PairColumn => options.InputSize - Pairs.Size;

    /// <summary>The factors are those of a row's number in the table, whatever its slot.</summary>
    private void Drop(DeviceBatch batch, ArrayView<float> source, ArrayView<float> target) => Dropout.EveryStep(device, new()
    {
        Source = source,
        Target = target,
        Places = Index.SlotTokens(batch),
        Mask = mask!.Value,
        Count = BatchIndex.MaxSlots(Pairs.Rows, batch.Running),
        Steps = 1,
        Columns = Pairs.Size,
    });

    private void Sum(
        DeviceBatch batch, DeviceBatchIndex index, int numbers, ArrayView<float> source, int columns, ArrayView<float> target) =>
        SegmentSum.Run(device, new()
        {
            OutputGradient = source,
            SortedPositions = index.SortedPositions(batch),
            SegmentStarts = index.SegmentStarts(batch),
            ChunkStarts = index.ChunkStarts(batch),
            ChunkRows = index.ChunkSlots(batch),
            ChunkSums = chunkSums,
            TableGradient = target,
            Positions = batch.Running,
            TableRows = BatchIndex.MaxSlots(numbers, batch.Running),
            Columns = columns,
            Stride = options.InputSize,
        });
}
