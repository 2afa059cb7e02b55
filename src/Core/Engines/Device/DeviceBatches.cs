using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// A data set on a device. Each row's steps are sorted by token, and by pair, once, before they are uploaded, which is
/// all the sorting that a batch needs; within a batch the rows stand in descending order of length, so that rows of a length
/// share a group.
/// </summary>
internal sealed class DeviceBatches : IEngineBatches
{
    private readonly ComputeDevice device;
    private readonly DeviceBuffers buffers;
    private readonly int[] lengths;
    private readonly int[] labels;
    private readonly int logitCount;
    private readonly int[] rows; // as uploaded
    private readonly int[] places; // where each of these stood in its batch
    private readonly int[] running; // steps of each batch
    private readonly long[] keys;

    /// <param name="device">Where.</param>
    /// <param name="matrix">The rows.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    /// <param name="options">The model. With <see cref="TextLengths.Padded"/> every row runs all steps, padding included.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceBatches(ComputeDevice device, TokenMatrix matrix, int batchSize, ModelOptions options)
    {
        this.device = device;
        BatchSize = batchSize;
        (labels, logitCount) = (matrix.Labels, options.Logits);
        lengths = options.Lengths == TextLengths.Padded ? [.. Enumerable.Repeat(matrix.Steps, matrix.Rows)] : matrix.Lengths;
        Width = Math.Max(1, lengths.DefaultIfEmpty().Max());
        if ((long)matrix.Rows * Width > Array.MaxLength)
        {
            throw new UserErrorException(
                $"{matrix.Rows:N0} texts of {Width:N0} tokens are too many for a device; use a smaller {Setting.MaxLength} or "
                + $"{Setting.Limit}, or the accelerator cpu");
        }

        (rows, places, running, keys) = (
            new int[matrix.Rows], new int[matrix.Rows], new int[(matrix.Rows + batchSize - 1) / batchSize],
            new long[Math.Min(batchSize, matrix.Rows)]);
        buffers = new DeviceBuffers(device);
        try
        {
            Tokens = Sort(matrix, (tokens, numbers) => tokens.CopyTo(numbers));
            if (options.Pairs is { } pairs)
                Pairs = Sort(matrix, (tokens, numbers) => PairHash.Rows(tokens, pairs.Rows, numbers));
            RowLengths = buffers.Upload<int>(lengths);
            RowLabels = buffers.Upload<int>(matrix.Labels);
            BatchRows = buffers.Allocate<int>(matrix.Rows);
            Places = buffers.Allocate<int>(matrix.Rows);
            Logits = buffers.Allocate<float>((long)matrix.Rows * logitCount);
            Totals = buffers.Allocate<float>(2 * Count);
            Reorder([.. Enumerable.Range(0, matrix.Rows)]);
        }
        catch
        {
            buffers.Dispose();
            throw;
        }
    }

    public int Count => running.Length;

    /// <summary>Rows of a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Rows of the data set N.</summary>
    public int Rows => rows.Length;

    /// <summary>Changes with every <see cref="Reorder"/>.</summary>
    public int OrderNumber { get; private set; }

    /// <summary>Steps of the longest row of the data set W, 1 at least.</summary>
    public int Width { get; }

    /// <summary>The rows' tokens.</summary>
    public SortedNumbers Tokens { get; }

    /// <summary>The rows of the pairs' table; null where the model has none.</summary>
    public SortedNumbers? Pairs { get; }

    /// <summary>Steps that each row runs [N].</summary>
    public ArrayView<int> RowLengths { get; }

    /// <summary>The class of each row, from 0 [N].</summary>
    public ArrayView<int> RowLabels { get; }

    /// <summary>The batches' rows, batch after batch [N].</summary>
    public ArrayView<int> BatchRows { get; }

    /// <summary>Where each of <see cref="BatchRows"/> stood in its batch, before the rows were sorted by length [N].</summary>
    public ArrayView<int> Places { get; }

    /// <summary>The logits of each of <see cref="BatchRows"/>, where all are evaluated [N, L].</summary>
    public ArrayView<float> Logits { get; }

    /// <summary>Loss sum and correct rows of each batch, where all are evaluated [batches, 2].</summary>
    public ArrayView<float> Totals { get; }

    /// <summary>The first of a batch's rows.</summary>
    public int First(int index) => index * BatchSize;

    /// <summary>Rows of a batch.</summary>
    public int RowsIn(int index) => Math.Min(BatchSize, rows.Length - First(index));

    /// <summary>Steps of a batch's longest row.</summary>
    public int StepsIn(int index) => lengths[rows[First(index)]];

    /// <summary>Steps of all rows of a batch.</summary>
    public int RunningIn(int index) => running[index];

    /// <summary>What the rows of a batch weigh together, by the weights of their classes.</summary>
    public double WeightOf(int index, IReadOnlyList<double> classWeights)
    {
        var sum = 0.0;
        foreach (var row in rows.AsSpan(First(index), RowsIn(index)))
            sum += classWeights[labels[row]];
        return sum;
    }

    /// <summary>The place in the order that the row at <paramref name="position"/> of <see cref="BatchRows"/> has.</summary>
    public int PlaceOf(int position) => First(position / BatchSize) + places[position];

    public void Reorder(ReadOnlySpan<int> order)
    {
        for (var index = 0; index < Count; index++)
        {
            var (first, count) = (First(index), RowsIn(index));
            for (var n = 0; n < count; n++)
                keys[n] = ((long)(Width - lengths[order[first + n]]) << 32) | (uint)n;
            Array.Sort(keys, 0, count);
            running[index] = 0;
            for (var n = 0; n < count; n++)
            {
                running[index] += lengths[order[first + n]];
                places[first + n] = (int)(uint)keys[n];
                rows[first + n] = order[first + places[first + n]];
            }
        }

        if (rows.Length > 0)
        {
            BatchRows.CopyFromCPU(device.Stream, rows);
            Places.CopyFromCPU(device.Stream, places);
        }

        OrderNumber++;
    }

    public void Dispose() => buffers.Dispose();

    /// <summary>Sorts each row's steps by a number.</summary>
    private SortedNumbers Sort(TokenMatrix matrix, Numbering numbering)
    {
        var (sorted, steps) = (new int[matrix.Rows * Width], new int[matrix.Rows * Width]);
        Parallel.For(
            0, matrix.Rows, () => (Tokens: new int[Width], Numbers: new int[Width], Keys: new long[Width]), (row, _, room) =>
            {
                var length = lengths[row];
                matrix.TokensOf(row).CopyTo(room.Tokens);
                room.Tokens.AsSpan(matrix.TokensOf(row).Length).Clear();
                numbering(room.Tokens.AsSpan(0, length), room.Numbers);
                for (var t = 0; t < length; t++)
                    room.Keys[t] = ((long)room.Numbers[t] << 32) | (uint)t;
                Array.Sort(room.Keys, 0, length);
                for (var n = 0; n < length; n++)
                {
                    sorted[row * Width + n] = (int)(room.Keys[n] >> 32);
                    steps[row * Width + n] = (int)(uint)room.Keys[n];
                }

                return room;
            }, _ => { });
        return new SortedNumbers(buffers.Upload<int>(sorted), buffers.Upload<int>(steps));
    }

    /// <summary>Makes numbers of the tokens of a row's steps.</summary>
    private delegate void Numbering(ReadOnlySpan<int> tokens, Span<int> numbers);
}

/// <summary>Numbers of the steps of a data set's rows.</summary>
/// <param name="Numbers">Each row's, sorted [N, W].</param>
/// <param name="Steps">The steps they stand at [N, W].</param>
internal sealed record SortedNumbers(ArrayView<int> Numbers, ArrayView<int> Steps);
