using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// What the first layer reads where a token has more than its own embedding, at each position: that, the mean of its n-grams and
/// its pair. And the way back to the embeddings of all.
/// </summary>
internal sealed class DeviceInputs : IDisposable
{
    private readonly ComputeDevice device;
    private readonly ModelOptions options;
    private readonly ParameterLayout layout;
    private readonly DevicePairs? pairs;
    private readonly DeviceNgrams? ngrams;
    private readonly DeviceBuffers buffers;
    private readonly ArrayView<float> chunkSums;
    private readonly ArrayView<float> tokenGradients; // [U, E]

    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="layout">Where each parameter is.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="tables">Its large tables.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    /// <param name="maxBatches">The most batches of a data set; null: any.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceInputs(
        ComputeDevice device, ModelOptions options, ParameterLayout layout, EngineLimits limits,
        IReadOnlyList<DeviceTableRows> tables, bool trains, int? maxBatches = null)
    {
        (this.device, this.options, this.layout) = (device, options, layout);
        var positions = limits.MaxRows * limits.MaxSteps;
        buffers = new DeviceBuffers(device);
        try
        {
            if (options.Pairs is not null)
                pairs = new DevicePairs(device, options, limits, tables[0], trains, maxBatches);
            if (options.Ngrams is not null)
                ngrams = new DeviceNgrams(device, options, limits, tables[^1], trains);
            Inputs = buffers.Allocate<float>((long)positions * options.InputSize);
            if (trains)
            {
                var tokens = BatchIndex.MaxSlots(options.VocabularySize, positions);
                var ofTokens = Math.Max(options.EmbeddingSize, options.Ngrams?.Size ?? 0);
                InputGradient = buffers.Allocate<float>((long)positions * options.InputSize);
                tokenGradients = buffers.Allocate<float>((long)tokens * options.EmbeddingSize);
                chunkSums = buffers.Allocate<float>(Math.Max(ChunkSums(tokens, ofTokens), options.Pairs is { } ofPairs
                    ? ChunkSums(BatchIndex.MaxSlots(ofPairs.Rows, positions), ofPairs.Size)
                    : 0));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        long ChunkSums(int rows, int columns) => (long)SegmentSum.MaxChunks(positions, rows) * columns;
    }

    /// <summary>What the first layer reads [T, B, <see cref="ModelOptions.InputSize"/>]; 0 behind a row's end.</summary>
    public ArrayView<float> Inputs { get; }

    /// <summary>Its gradient, likewise; in training.</summary>
    public ArrayView<float> InputGradient { get; }

    /// <summary>Queues <see cref="Inputs"/>.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="tokens">Of its tokens, prepared.</param>
    /// <param name="embedding">As the first layer reads it [V, E].</param>
    /// <param name="parameters">All parameters, flat; takes the batch's rows of the pairs' table.</param>
    /// <param name="dropout">What is dropped.</param>
    public void Forward(
        DeviceBatch batch, DeviceBatchIndex tokens, ArrayView<float> embedding, ArrayView<float> parameters,
        DeviceDropout dropout)
    {
        var arguments = new InputFeatures.Arguments
        {
            Embedding = embedding,
            SlotTokens = tokens.SlotTokens(batch),
            TokenSlots = tokens.Slots(batch),
            Lengths = tokens.Lengths(batch),
            Inputs = Inputs,
            Rows = batch.Rows,
            Steps = batch.Steps,
            EmbeddingSize = options.EmbeddingSize,
            InputSize = options.InputSize,
        };
        if (ngrams is not null)
        {
            arguments.Ngrams = ngrams.Forward(batch, tokens, dropout);
            (arguments.NgramColumn, arguments.NgramSize) = (options.NgramColumn, options.Ngrams!.Size);
        }

        if (pairs is not null)
        {
            arguments.Pairs = pairs.Forward(batch, parameters, dropout);
            arguments.PairSlots = pairs.Index.Slots(batch);
            (arguments.PairColumn, arguments.PairSize) = (options.PairColumn, options.Pairs!.Size);
        }

        InputFeatures.Join(device, arguments);
    }

    /// <summary>Queues the embeddings' gradients of <see cref="InputGradient"/>.</summary>
    /// <param name="batch">The batch that went forward.</param>
    /// <param name="tokens">Of its tokens.</param>
    /// <param name="gradient">All gradients, flat, with the batch's rows of tables behind the others.</param>
    /// <param name="dropout">As it went forward.</param>
    public void Backward(DeviceBatch batch, DeviceBatchIndex tokens, ArrayView<float> gradient, DeviceDropout dropout)
    {
        Sum(batch, tokens, options.VocabularySize, 0, options.EmbeddingSize, tokenGradients);
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
        if (ngrams is not null)
        {
            Sum(batch, tokens, options.VocabularySize, options.NgramColumn, options.Ngrams!.Size, ngrams.MeanGradient);
            ngrams.Backward(batch, tokens, ngrams.Table.RowsIn(gradient), dropout);
        }

        if (pairs is not null)
        {
            var rows = pairs.Table.RowsIn(gradient);
            Sum(batch, pairs.Index, options.Pairs!.Rows, options.PairColumn, options.Pairs.Size, rows);
            pairs.Backward(batch, rows, dropout);
        }
    }

    /// <summary>Copies the gradients of a batch's rows of tables out, to where they are in that of all parameters.</summary>
    /// <param name="batch">The batch that went back.</param>
    /// <param name="gradient">All gradients, flat, with the batch's rows behind the others.</param>
    /// <param name="all">Of all parameters; the tables' parts are written.</param>
    public void DownloadGradient(DeviceBatch batch, ArrayView<float> gradient, Span<float> all)
    {
        pairs?.Table.DownloadGradient(pairs.RowsOf(batch), gradient, all);
        ngrams?.Table.DownloadGradient(ngrams.RowsOf(batch), gradient, all);
    }

    /// <summary>Queues that what the optimizer reads of the batch's rows is fetched.</summary>
    /// <param name="batch">The batch that went back.</param>
    /// <param name="parameters">All parameters, flat; the pairs' are there.</param>
    /// <param name="states">What the optimizer remembers of them.</param>
    public void FetchRows(DeviceBatch batch, ArrayView<float> parameters, IReadOnlyList<ArrayView<float>> states)
    {
        ngrams?.Table.Fetch(ngrams.RowsOf(batch), part: 0, parameters);
        for (var state = 0; state < states.Count; state++)
        {
            pairs?.Table.Fetch(pairs.RowsOf(batch), state + 1, states[state]);
            ngrams?.Table.Fetch(ngrams.RowsOf(batch), state + 1, states[state]);
        }
    }

    /// <summary>Queues that the batch's rows are put back.</summary>
    /// <param name="batch">The batch that went back.</param>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="states">What the optimizer remembers of them.</param>
    public void PutBack(DeviceBatch batch, ArrayView<float> parameters, IReadOnlyList<ArrayView<float>> states)
    {
        foreach (var (part, flat) in states.Prepend(parameters).Index())
        {
            pairs?.Table.PutBack(pairs.RowsOf(batch), part, flat);
            ngrams?.Table.PutBack(ngrams.RowsOf(batch), part, flat);
        }
    }

    public void Dispose()
    {
        pairs?.Dispose();
        ngrams?.Dispose();
        buffers.Dispose();
    }

    /// <summary>Some columns of the inputs' gradient, summed by token or by pair.</summary>
    private void Sum(
        DeviceBatch batch, DeviceBatchIndex index, int numbers, int column, int columns, ArrayView<float> target) =>
        SegmentSum.Run(device, new()
        {
            OutputGradient = InputGradient.SubView(column, InputGradient.Length - column),
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
