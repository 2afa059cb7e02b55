using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Engines.Tables;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The pairs' table on the processor. A batch's rows are fetched behind the other parameters, where they are parameters as any
/// other, and put back after the step: see the kernels, <see cref="Kernels.Operations.TableRows"/>.
/// </summary>
internal sealed class CpuTableRows
{
    private readonly ParameterTensor tensor;
    private readonly RowParts parts;
    private readonly float[] table; // [R, K, D]

    /// <param name="tensor">The table.</param>
    /// <param name="parts">Parts of a row K: its parameters, and what the optimizer remembers of them.</param>
    public CpuTableRows(ParameterTensor tensor, int parts)
    {
        this.tensor = tensor;
        this.parts = new RowParts(tensor.Shape[0], tensor.Shape[1], parts);
        table = GC.AllocateUninitializedArray<float>(checked((int)this.parts.Length));
    }

    /// <summary>Elements of flat buffers: those of all parameters but the table's, and its rows of the largest batch.</summary>
    public static int FlatLength(ModelOptions options, ParameterLayout layout, int positions) =>
        layout.DenseLength
        + (options.Pairs is { } pairs ? checked(SlotNumbers.CountOf(pairs.Rows, positions) * pairs.Size) : 0);

    /// <summary>Elements of flat buffers that a batch's rows end at.</summary>
    public int FlatEnd(CpuBatch batch) => tensor.Offset + batch.Pairs!.Slots.Count * parts.Columns;

    /// <summary>Fetches a part of a batch's rows.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="part">Which; 0 is the parameters themselves.</param>
    /// <param name="flat">That of all parameters, which takes them.</param>
    public void Fetch(CpuBatch batch, int part, PinnedBuffer flat)
    {
        var numbers = NumbersOf(batch);
        var rows = flat.Span[tensor.Offset..];
        for (var slot = 0; slot < numbers.Length; slot++)
            RowOf(numbers[slot], part).CopyTo(rows[(slot * parts.Columns)..]);
    }

    /// <summary>Puts a part of them back.</summary>
    public void PutBack(CpuBatch batch, int part, PinnedBuffer flat)
    {
        var numbers = NumbersOf(batch);
        var rows = flat.Span[tensor.Offset..];
        for (var slot = 0; slot < numbers.Length; slot++)
            rows.Slice(slot * parts.Columns, parts.Columns).CopyTo(RowOf(numbers[slot], part));
    }

    /// <summary>Copies a part of the whole table in: of all parameters, or what is remembered of all.</summary>
    public void Set(int part, ReadOnlySpan<float> all) => parts.Put(part, tensor.In(all), table);

    /// <summary>Fills a part of the whole table with zeros.</summary>
    public void Clear(int part)
    {
        for (var row = 0; row < parts.Rows; row++)
            RowOf(row, part).Clear();
    }

    /// <summary>Copies a part of the whole table out.</summary>
    public void Get(int part, Span<float> all) => parts.Take(part, table, tensor.In(all));

    /// <summary>Puts the gradient of a batch's rows where it belongs in that of all parameters.</summary>
    public void SpreadGradient(CpuBatch batch, ReadOnlySpan<float> flatGradient, Span<float> all)
    {
        tensor.In(all).Clear();
        var numbers = NumbersOf(batch);
        for (var slot = 0; slot < numbers.Length; slot++)
        {
            flatGradient.Slice(tensor.Offset + slot * parts.Columns, parts.Columns)
                .CopyTo(tensor.In(all)[(numbers[slot] * parts.Columns)..]);
        }
    }

    private Span<float> RowOf(int row, int part) => table.AsSpan(parts.PlaceOf(row, part), parts.Columns);

    private static ReadOnlySpan<int> NumbersOf(CpuBatch batch) => batch.Pairs!.Numbers.AsSpan(0, batch.Pairs.Slots.Count);
}
