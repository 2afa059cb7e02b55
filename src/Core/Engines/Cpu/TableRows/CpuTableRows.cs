using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Engines.Tables;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The tables of pairs and n-grams on the processor. A batch's rows are fetched behind the other parameters, one table's behind
/// the other's, where they are parameters as any other, and put back after the step: see the kernels,
/// <see cref="Kernels.Operations.TableRows"/>.
/// </summary>
internal sealed unsafe class CpuTableRows
{
    // Rows lie anywhere in a table larger than the caches: so many are asked for before they are read.
    private const int RowsAhead = 8;
    private const int FloatsInLine = 16;

    private readonly ParameterLayout layout;
    private readonly Table[] tables;

    /// <param name="layout">Where the tables' parameters are.</param>
    /// <param name="parts">Parts of a row K: its parameters, and what the optimizer remembers of them.</param>
    public CpuTableRows(ParameterLayout layout, int parts)
    {
        this.layout = layout;
        tables = [.. layout.RowTables.Select(tensor => new Table(tensor, parts))];
    }

    /// <summary>Elements of flat buffers: those of all parameters but the tables', and their rows of the largest batch.</summary>
    public static int FlatLength(ModelOptions options, ParameterLayout layout, int positions) => checked(
        layout.DenseLength
        + (options.Pairs is { } pairs ? SlotNumbers.CountOf(pairs.Rows, positions) * pairs.Size : 0)
        + (options.Ngrams is { } ngrams ? ngrams.Tokens.MostRowsOf(positions) * ngrams.Size : 0));

    /// <summary>Elements of flat buffers that a batch's rows end at.</summary>
    public int FlatEnd(CpuBatch batch) => OffsetOf(layout, null, batch);

    /// <summary>Where a batch's rows of a table begin in flat buffers; of none, where all end.</summary>
    public static int OffsetOf(ParameterLayout layout, ParameterTensor? table, CpuBatch batch)
    {
        var offset = layout.DenseLength;
        if (table != layout.Pairs && layout.Pairs is { } pairs)
            offset += batch.Pairs!.Slots.Count * pairs.Shape[1];
        if (table is null && layout.Ngrams is { } ngrams)
            offset += batch.Ngrams!.Count * ngrams.Shape[1];
        return offset;
    }

    /// <summary>Fetches the first parts of a batch's rows.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="flats">Of each part that of all parameters, which takes them.</param>
    public void Fetch(CpuBatch batch, ReadOnlySpan<PinnedBuffer> flats)
    {
        foreach (var table in tables)
        {
            var numbers = NumbersOf(table, batch);
            var (columns, offset) = (table.Parts.Columns, OffsetOf(layout, table.Tensor, batch));
            for (var slot = 0; slot < numbers.Length; slot++)
            {
                table.AskFor(numbers, slot + RowsAhead, flats.Length * columns);
                for (var part = 0; part < flats.Length; part++)
                    table.RowOf(numbers[slot], part).CopyTo(flats[part].Span[(offset + slot * columns)..]);
            }
        }
    }

    /// <summary>Puts all parts of them back.</summary>
    public void PutBack(CpuBatch batch, ReadOnlySpan<PinnedBuffer> flats)
    {
        foreach (var table in tables)
        {
            var numbers = NumbersOf(table, batch);
            var (columns, offset) = (table.Parts.Columns, OffsetOf(layout, table.Tensor, batch));
            for (var slot = 0; slot < numbers.Length; slot++)
            {
                table.AskFor(numbers, slot + RowsAhead, flats.Length * columns);
                for (var part = 0; part < flats.Length; part++)
                    flats[part].Span.Slice(offset + slot * columns, columns).CopyTo(table.RowOf(numbers[slot], part));
            }
        }
    }

    /// <summary>Copies a part of the whole tables in: of all parameters, or what is remembered of all.</summary>
    public void Set(int part, ReadOnlySpan<float> all)
    {
        foreach (var table in tables)
            table.Parts.Put(part, table.Tensor.In(all), table.Values);
    }

    /// <summary>Fills a part of the whole tables with zeros.</summary>
    public void Clear(int part)
    {
        foreach (var table in tables)
        {
            for (var row = 0; row < table.Parts.Rows; row++)
                table.RowOf(row, part).Clear();
        }
    }

    /// <summary>Copies a part of the whole tables out.</summary>
    public void Get(int part, Span<float> all)
    {
        foreach (var table in tables)
            table.Parts.Take(part, table.Values, table.Tensor.In(all));
    }

    /// <summary>Puts the gradient of a batch's rows where it belongs in that of all parameters.</summary>
    public void SpreadGradient(CpuBatch batch, ReadOnlySpan<float> flatGradient, Span<float> all)
    {
        foreach (var table in tables)
        {
            var target = table.Tensor.In(all);
            target.Clear();
            var numbers = NumbersOf(table, batch);
            var (columns, offset) = (table.Parts.Columns, OffsetOf(layout, table.Tensor, batch));
            for (var slot = 0; slot < numbers.Length; slot++)
                flatGradient.Slice(offset + slot * columns, columns).CopyTo(target[(numbers[slot] * columns)..]);
        }
    }

    private ReadOnlySpan<int> NumbersOf(Table table, CpuBatch batch) =>
        table.Tensor == layout.Pairs ? batch.Pairs!.Numbers.AsSpan(0, batch.Pairs.Slots.Count) : batch.Ngrams!.Numbers;

    private sealed record Table(ParameterTensor Tensor, RowParts Parts)
    {
        public Table(ParameterTensor tensor, int parts)
            : this(tensor, new RowParts(tensor.Shape[0], tensor.Shape[1], parts))
        {
        }

        public float[] Values { get; } = GC.AllocateUninitializedArray<float>(checked((int)Parts.Length)); // [R, K, D]

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Span<float> RowOf(int row, int part) => Values.AsSpan(Parts.PlaceOf(row, part), Parts.Columns);

        /// <summary>Asks for the first numbers of a row that is needed soon.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void AskFor(ReadOnlySpan<int> rows, int index, int length)
        {
            if (!Sse.IsSupported || index >= rows.Length)
                return;
            ref var first = ref Values[Parts.PlaceOf(rows[index], 0)];
            for (var place = 0; place < length; place += FloatsInLine)
                Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref first, place)));
        }
    }
}
